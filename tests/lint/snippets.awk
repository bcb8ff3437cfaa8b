# Prints a Markdown file with every code block that names its source filled from that source. A
# mistake is a line on stderr and exit status 1; the block is then printed as it stands.

function complain(text) {
    print FILENAME ":" FNR ": " text > "/dev/stderr"
    mistakes = 1
}

# Collects the snippet in text[1..count]; without a name, the whole file. Marker lines are never
# part of it, so that one snippet may hold another.
function collect(path, name,    line, depth, found, status) {
    count = 0
    depth = name == "" ? 1 : 0
    found = depth
    while ((status = (getline line < path)) > 0) {
        if (line ~ /^[ \t]*\/\/ snippet: /) {
            if (depth > 0) {
                ++depth
            } else if (line ~ ("// snippet: " name "[ \t]*$")) {
                found = depth = 1
            }
        } else if (line ~ /^[ \t]*\/\/ snippet end[ \t]*$/) {
            if (depth > 0 && --depth == 0) break
        } else if (depth > 0) {
            text[++count] = line
        }
    }
    close(path)
    if (status < 0) {
        complain("no file " path)
    } else if (!found) {
        complain("no snippet " name " in " path)
    } else if (name != "" && depth > 0) {
        complain("snippet " name " in " path " has no end")
    } else {
        return 1
    }
    return 0
}

# Remembers what will close the block that this line opens.
function open_fence() {
    match($0, /(```+|~~~+)/)
    fence = substr($0, RSTART, RLENGTH)
}

# Removes the white space that all lines of the text begin with.
function outdent(    i, common, lead) {
    common = -1
    for (i = 1; i <= count; ++i) {
        if (text[i] ~ /^[ \t]*$/) continue
        match(text[i], /^[ \t]*/)
        lead = RLENGTH
        if (common < 0 || lead < common) common = lead
    }
    for (i = 1; i <= count; ++i) text[i] = substr(text[i], common + 1)
}

wanted != "" {
    if ($0 !~ /^```/) {
        complain("no code block follows the comment that names " wanted)
        wanted = ""
        print
        next
    }
    split(wanted, part, "#")
    filled = collect(part[1], part[2])
    wanted = ""
    open_fence()
    print
    if (filled) {
        outdent()
        for (i = 1; i <= count; ++i) print text[i]
    }
    next
}

fence == "" && /^<!-- code: [^ ]+ -->$/ {
    wanted = $3
    print
    next
}

# Comments inside a block of code are examples of comments.
fence == "" && /^ *(```+|~~~+)/ {
    open_fence()
    print
    next
}

fence != "" {
    line = $0
    sub(/^ */, "", line)
    if (line == fence) {
        fence = ""
        filled = 0
        print
    } else if (!filled) {
        print
    }
    next
}

{ print }

END {
    if (wanted != "") complain("no code block follows the comment that names " wanted)
    exit mistakes
}

// The line count of the demo, in Go: a WaitGroup waits for the goroutines that count.
package main

import (
	"bytes"
	"fmt"
	"os"
	"sync"
)

// A piece of the work, with a place for its result that no other goroutine touches.
type part struct {
	files []string
	lines int
	err   error
}

func (p *part) count() {
	for _, file := range p.files {
		text, err := os.ReadFile(file)
		if err != nil {
			p.err = err
			return
		}
		p.lines += bytes.Count(text, []byte("\n"))
	}
}

// snippet: count_lines
func countLines(parts []part) (int, error) {
	var wg sync.WaitGroup
	for i := range parts {
		p := &parts[i]
		wg.Add(1) // before the go; since Go 1.25: wg.Go(p.count)
		go func() {
			defer wg.Done()
			p.count()
		}()
	}
	wg.Wait()

	total := 0
	for _, p := range parts {
		if p.err != nil {
			return 0, p.err
		}
		total += p.lines
	}
	return total, nil
}

// snippet end

func main() {
	const each = 32
	var parts []part
	for rest := os.Args[1:]; len(rest) > 0; {
		n := min(each, len(rest))
		parts = append(parts, part{files: rest[:n]})
		rest = rest[n:]
	}
	lines, err := countLines(parts)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(lines, "lines")
}

func min(a, b int) int {
	if a < b {
		return a
	}
	return b
}

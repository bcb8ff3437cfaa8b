#include "child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <sstream>
#include <string_view>
#include <system_error>
#include <vector>

#include "activity.hpp"

namespace braid::harness {

namespace {

using clock = std::chrono::steady_clock;

[[noreturn]] void fail(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

std::vector<std::string> environment_of(const child_settings& settings) {
    std::vector<std::string> variables;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        const std::string name(text.substr(0, text.find('=')));
        if (!settings.environment.contains(name)) variables.emplace_back(text);
    }
    for (const auto& [name, value] : settings.environment) {
        if (!value.empty()) variables.emplace_back(name).append("=").append(value);
    }
    return variables;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    pointers.reserve(texts.size() + 1);
    for (std::string& text : texts) pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

class child_process {
public:
    child_process(const std::filesystem::path& program, const child_settings& settings)
        : limits_(settings.limits) {
        std::array<int, 2> ends{};
        if (pipe2(ends.data(), O_CLOEXEC) != 0) fail("pipe2");
        output_fd_ = ends[0];
        fcntl(output_fd_, F_SETFL, O_NONBLOCK);
        // All memory is allocated before the fork: the child only makes system calls.
        std::vector<std::string> arguments = settings.arguments;
        arguments.insert(arguments.begin(), std::filesystem::absolute(program).string());
        std::vector<std::string> variables = environment_of(settings);
        const auto argv = pointers_to(arguments);
        const auto envp = pointers_to(variables);
        const pid_t harness = getpid();
        pid_ = fork();
        if (pid_ == 0) become(argv, envp, ends[1], settings.fixed_addresses, harness);
        const int error = errno;
        close(ends[1]);
        if (pid_ < 0) {
            close(output_fd_);
            errno = error;
            fail("fork");
        }
        setpgid(pid_, pid_);  // also done by the child; whoever comes first
    }

    child_process(const child_process&) = delete;
    child_process& operator=(const child_process&) = delete;

    ~child_process() {
        if (!reaped_) end();
        close(output_fd_);
    }

    child_result wait() {
        const auto start = clock::now();
        auto next_look = start + look_every;
        idle_watch watch(start);
        while (!has_exited() && result_.hang.empty()) {
            wait_for_output();
            read_output();
            const auto now = clock::now();
            if (now - start >= limits_.total) {
                result_.hang = "hang: still running after " + seconds(limits_.total);
            } else if (now >= next_look) {
                next_look = now + look_every;
                const activity seen = observe_group(pid_);
                if (watch.idle_for(seen, now) >= limits_.idle) {
                    result_.hang = "hang: " + std::to_string(seen.threads) +
                                   (seen.threads == 1 ? " thread" : " threads") +
                                   " asleep, no CPU used for " + seconds(limits_.idle);
                }
            }
        }
        // Between the last look and now it may have ended by itself: then that is what counts.
        if (has_exited()) result_.hang.clear();
        end();
        read_output();
        return std::move(result_);
    }

private:
    static constexpr std::chrono::milliseconds look_every{100};

    [[noreturn]] static void become(const std::vector<char*>& argv, const std::vector<char*>& envp,
                                    int output, bool fixed_addresses, pid_t harness) {
        setpgid(0, 0);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != harness) _exit(127);  // the harness died before the line above
        const int nothing = open("/dev/null", O_RDONLY);
        dup2(nothing, STDIN_FILENO);
        dup2(output, STDOUT_FILENO);
        dup2(output, STDERR_FILENO);
        const rlimit no_core{0, 0};
        setrlimit(RLIMIT_CORE, &no_core);
        if (fixed_addresses)
            personality(static_cast<unsigned long>(personality(0xffffffff)) | ADDR_NO_RANDOMIZE);
        execve(argv[0], argv.data(), envp.data());
        constexpr std::string_view message = "harness: cannot execute the program\n";
        (void)!write(STDERR_FILENO, message.data(), message.size());
        _exit(127);
    }

    static std::string seconds(std::chrono::milliseconds d) {
        std::ostringstream text;
        text << static_cast<double>(d.count()) / 1000 << " s";
        return text.str();
    }

    // Leaves the status to be collected by end(), so that the group's number stays ours till then.
    bool has_exited() const {
        siginfo_t info{};
        return waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
               info.si_pid == pid_;
    }

    void wait_for_output() const {
        // After the end of the output there is nothing to poll for, only time to let pass.
        pollfd output{output_ended_ ? -1 : output_fd_, POLLIN, 0};
        poll(&output, 1, output_ended_ ? 10 : static_cast<int>(look_every.count()));
    }

    // Takes at most 256 KiB at a time: an endless printer must not keep us from the clock.
    void read_output() {
        std::array<char, 16384> buffer;
        for (int i = 0; i < 16 && !output_ended_; ++i) {
            const ssize_t n = read(output_fd_, buffer.data(), buffer.size());
            if (n < 0) return;
            output_ended_ = n == 0;
            const auto room = limits_.output - std::min(limits_.output, result_.output.size());
            result_.output.append(buffer.data(), std::min(room, static_cast<std::size_t>(n)));
        }
    }

    void end() {
        kill(-pid_, SIGKILL);
        int status = 0;
        while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
        }
        reaped_ = true;
        if (!result_.hang.empty()) return;
        if (WIFEXITED(status)) result_.exit_status = WEXITSTATUS(status);
        if (WIFSIGNALED(status)) result_.signal = WTERMSIG(status);
    }

    child_limits limits_;
    child_result result_;
    pid_t pid_ = -1;
    int output_fd_ = -1;
    bool output_ended_ = false;
    bool reaped_ = false;
};

}  // namespace

std::string child_result::how_it_ended() const {
    if (!hang.empty()) return hang;
    if (signal == 0) return "exit status " + std::to_string(exit_status);
    return "signal " + std::to_string(signal) + " (" + strsignal(signal) + ")";
}

child_result run_child(const std::filesystem::path& program, const child_settings& settings) {
    return child_process(program, settings).wait();
}

}  // namespace braid::harness

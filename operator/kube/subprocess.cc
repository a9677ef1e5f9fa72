#include "operator/kube/subprocess.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "operator/http/system_trust.h"

namespace tidewright::kube {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::size_t kMostOutput = 1U << 20U;
/// How soon a stop or a time-out is noticed.
constexpr std::chrono::milliseconds kTick{50};

struct Pipe {
  std::array<int, 2> ends{-1, -1};
  Pipe() = default;
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    closeWriting();
    if (ends[0] >= 0) ::close(ends[0]);
  }
  void closeWriting() {
    if (ends[1] >= 0) ::close(std::exchange(ends[1], -1));
  }
};

std::vector<std::string> environmentFor(const Command& command) {
  std::vector<std::string> all;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string text = http::unhidden(*variable);
    if (text.empty()) continue;
    const auto replaced = [&](const auto& own) { return text.starts_with(own.first + "="); };
    if (std::ranges::none_of(command.env, replaced)) all.push_back(text);
  }
  for (const auto& [name, value] : command.env) all.push_back(name + "=" + value);
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

Result<pid_t> start(const Command& command, const Pipe& output) {
  std::vector<std::string> args{command.program};
  args.insert(args.end(), command.args.begin(), command.args.end());
  std::vector<std::string> environment = environmentFor(command);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output.ends[1], STDOUT_FILENO);
  // A group of its own, so that its children can be ended with it; and no signal that we block or ignore.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  pid_t pid = 0;
  const int failed = posix_spawnp(&pid, command.program.c_str(), &actions, &attributes, pointers(args).data(),
                                  pointers(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (failed != 0) {
    return fail(failed == ENOENT ? ErrorCode::NotFound : ErrorCode::Unavailable, "cannot run {}: {}", command.program,
                std::strerror(failed));
  }
  return pid;
}

/// Until the program closes its output.
Result<std::string> readAll(int from, const std::string& program, Steady::time_point deadline,
                            const std::stop_token& stop) {
  std::string output;
  std::array<char, 4096> buffer{};
  while (true) {
    if (stop.stop_requested()) return fail(ErrorCode::Cancelled, "{}: stopped", program);
    if (Steady::now() >= deadline) return fail(ErrorCode::Timeout, "{}: did not end in time", program);
    pollfd waiting{.fd = from, .events = POLLIN, .revents = 0};
    if (::poll(&waiting, 1, static_cast<int>(kTick.count())) <= 0) continue;
    const ssize_t count = ::read(from, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return output;
    output.append(buffer.data(), static_cast<std::size_t>(count));
    if (output.size() > kMostOutput) return fail(ErrorCode::Unavailable, "{}: wrote more than 1 MiB", program);
  }
}

}  // namespace

Result<std::string> run(const Command& command, std::chrono::milliseconds timeout, std::stop_token stop) {
  Pipe output;
  if (::pipe2(output.ends.data(), O_CLOEXEC) != 0) {
    return fail(ErrorCode::Unavailable, "{}: no pipe: {}", command.program, std::strerror(errno));
  }
  const Result<pid_t> pid = start(command, output);
  if (!pid) return fail(pid.error());
  output.closeWriting();
  Result<std::string> text = readAll(output.ends[0], command.program, Steady::now() + timeout, stop);
  int status = 0;
  if (!text) ::kill(-*pid, SIGKILL);
  while (::waitpid(*pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!text) return text;
  if (WIFSIGNALED(status))
    return fail(ErrorCode::Unavailable, "{}: ended by signal {}", command.program, WTERMSIG(status));
  if (WEXITSTATUS(status) != 0) {
    return fail(ErrorCode::Unavailable, "{}: failed with status {}", command.program, WEXITSTATUS(status));
  }
  return text;
}

}  // namespace tidewright::kube

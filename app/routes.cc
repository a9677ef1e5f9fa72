#include "app/routes.h"

#include <unistd.h>

#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "app/metrics.h"

namespace tidewright::app {
namespace {

constexpr double kMaxMs = 60000;
constexpr double kMaxDelaySeconds = 60;

struct Target {
  std::string_view path;
  std::string_view query;
};

Target split(std::string_view target) {
  const auto mark = target.find('?');
  if (mark == std::string_view::npos) return {target, {}};
  return {target.substr(0, mark), target.substr(mark + 1)};
}

std::string_view parameter(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    if (pair.starts_with(name) && pair.substr(name.size()).starts_with('=')) return pair.substr(name.size() + 1);
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
  }
  return {};
}

std::optional<double> number(std::string_view text, double low, double high) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (!std::isfinite(value) || value < low || value > high) return std::nullopt;
  return value;
}

Answer bad(std::string_view name, double low, double high) {
  return {.status = 400, .body = fmt::format("{} must be a number from {} to {}\n", name, low, high)};
}

Answer json(unsigned status, std::string body) {
  return {.status = status, .body = std::move(body), .contentType = "application/json; charset=utf-8"};
}

/// Probes and scrapes: not load, so that they do not scale anything.
Answer aside(Answer answer) {
  answer.load = false;
  return answer;
}

bool isRead(std::string_view method) { return method == "GET" || method == "HEAD"; }

Answer readiness(const Board& board, const Stage& stage) {
  if (stage.draining) return json(503, "{\"status\":\"draining\"}\n");
  if (!stage.started) return json(503, "{\"status\":\"starting\"}\n");
  if (board.readinessDisabled) return json(503, "{\"status\":\"disabled\"}\n");
  return json(200, "{\"status\":\"OK\"}\n");
}

Answer accepted() { return aside(json(202, "{\"status\":\"OK\"}\n")); }

/// Faults take any method: they are typed by hand.
Answer fault(std::string_view path, std::string_view query, Board& board) {
  if (path == "/fault/crash") return {.effect = Effect::Crash};
  if (path == "/fault/hang") return {.effect = Effect::Hang};
  if (path == "/fault/errors") {
    const auto rate = number(parameter(query, "rate"), 0, 1);
    if (!rate) return bad("rate", 0, 1);
    board.errorsPerMillion = static_cast<std::uint32_t>(std::lround(*rate * 1e6));
    return accepted();
  }
  if (path == "/fault/latency") {
    const auto ms = number(parameter(query, "ms"), 0, kMaxMs);
    if (!ms) return bad("ms", 0, kMaxMs);
    board.latencyMs = static_cast<std::uint32_t>(*ms);
    return accepted();
  }
  return {.status = 404, .body = "no such fault; there are crash, hang, errors?rate=, latency?ms=\n"};
}

Answer wrongMethod(std::string allowed) {
  return {.status = 405, .body = "allowed: " + allowed + "\n", .headers = {{"Allow", allowed}}};
}

}  // namespace

Routes::Routes(RouteConfig config, Board& board)
    : config_(std::move(config)), board_(board), random_(std::random_device{}()) {}

Answer Routes::answer(const Request& request, const Stage& stage) {
  const auto [path, query] = split(request.target);
  if (path.starts_with("/fault/")) return fault(path, query, board_);
  if (path == "/readyz/enable" || path == "/readyz/disable") {
    if (request.method != "POST" && request.method != "PUT") return wrongMethod("POST, PUT");
    board_.readinessDisabled = path == "/readyz/disable";
    return accepted();
  }
  if (path == "/" || path == "/work") {
    if (!isRead(request.method) && request.method != "POST") return wrongMethod("GET, HEAD, POST");
    return path == "/" ? hello(stage) : work(query, stage);
  }
  if (path.starts_with("/delay/")) {
    return isRead(request.method) ? delayed(path.substr(std::string_view("/delay/").size()), stage)
                                  : wrongMethod("GET, HEAD");
  }
  if (path != "/healthz" && path != "/readyz" && path != "/version" && path != "/metrics") {
    return {.status = 404, .body = "no such path\n"};
  }
  if (!isRead(request.method)) return wrongMethod("GET, HEAD");
  if (path == "/healthz") return aside(json(200, "{\"status\":\"OK\"}\n"));
  if (path == "/readyz") return aside(readiness(board_, stage));
  if (path == "/metrics") {
    return aside({.body = renderMetrics(board_, config_.capacity), .contentType = "text/plain; version=0.0.4"});
  }
  return json(200, fmt::format("{{\"version\":\"{}\",\"instance\":\"{}\",\"pid\":{}}}\n", config_.version,
                               config_.instance, getpid()));
}

Answer Routes::hello(const Stage& stage) {
  return burn(config_.work, fmt::format("Hello from {} (v{})\n", config_.instance, config_.version), stage);
}

Answer Routes::work(std::string_view query, const Stage& stage) {
  const auto ms = query.empty() ? config_.work.count() : number(parameter(query, "ms"), 0, kMaxMs);
  if (!ms) return bad("ms", 0, kMaxMs);
  return burn(CpuMs(*ms), fmt::format("{} ms of CPU time burnt by {}\n", *ms, config_.instance), stage);
}

Answer Routes::delayed(std::string_view seconds, const Stage& stage) {
  const auto wait = number(seconds, 0, kMaxDelaySeconds);
  if (!wait) return bad("the delay in seconds", 0, kMaxDelaySeconds);
  Answer answer = burn(CpuMs(0), fmt::format("{} s later, from {}\n", *wait, config_.instance), stage);
  answer.delay += std::chrono::milliseconds(std::lround(*wait * 1000));
  return answer;
}

Answer Routes::burn(CpuMs amount, std::string body, const Stage& stage) {
  if (!stage.started) return {.status = 503, .body = "starting\n"};
  Answer answer{.body = std::move(body), .work = amount, .delay = std::chrono::milliseconds(board_.latencyMs.load())};
  const auto draw = std::uniform_int_distribution<std::uint32_t>(0, 999999)(random_);
  if (draw < board_.errorsPerMillion) {
    answer.status = 500;
    answer.body = "an error was asked for\n";
  }
  return answer;
}

}  // namespace tidewright::app

#pragma once

#include <chrono>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/board.h"
#include "app/work.h"

namespace tidewright::app {

/// A request as the routes see it. `method` is in capitals; `target` as received: path and query.
struct Request {
  std::string_view method;
  std::string_view target;
};

/// What the process is at, as far as an answer depends on it.
struct Stage {
  bool started = true;    ///< the start delay is over
  bool draining = false;  ///< SIGTERM was received
};

enum class Effect {
  Send,   ///< the usual: send the answer
  Crash,  ///< end the process without sending anything
  Hang,   ///< never answer; the client gives up first
};

struct Answer {
  unsigned status = 200;
  std::string body;
  std::string contentType = "text/plain; charset=utf-8";
  std::vector<std::pair<std::string, std::string>> headers;
  CpuMs work{0};                       ///< CPU time to burn before sending
  std::chrono::milliseconds delay{0};  ///< time to wait before sending
  bool load = true;                    ///< counts as load; false for probes and scrapes
  Effect effect = Effect::Send;
};

struct RouteConfig {
  std::string instance;
  std::string version;
  CpuMs work{2};                   ///< of `GET /`
  std::optional<double> capacity;  ///< for app_capacity_rps
};

/// Which path answers what. Not thread-safe (it draws random numbers): one a loop.
class Routes {
 public:
  Routes(RouteConfig config, Board& board);

  /// Has an answer for everything, 404 and 405 included.
  [[nodiscard]] Answer answer(const Request& request, const Stage& stage);

 private:
  [[nodiscard]] Answer hello(const Stage& stage);
  [[nodiscard]] Answer work(std::string_view query, const Stage& stage);
  [[nodiscard]] Answer delayed(std::string_view seconds, const Stage& stage);
  [[nodiscard]] Answer burn(CpuMs amount, std::string body, const Stage& stage);

  const RouteConfig config_;
  Board& board_;
  std::minstd_rand random_;
};

}  // namespace tidewright::app

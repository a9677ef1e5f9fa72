#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "operator/result.h"

namespace tidewright::load {

/// Where to send requests. Only addresses, no names: a look-up would be measured with them.
struct Url {
  std::string address;
  std::uint16_t port = 80;
  std::string path = "/";  ///< with the query
};

enum class Connections { New, KeepAlive };

struct Options {
  Url url;
  std::optional<double> rate;  ///< arrivals a second; nothing: closed loop ("max")
  double seconds = 0;          ///< 0: until `requests`
  std::uint64_t requests = 0;  ///< 0: until `seconds`
  Connections connections = Connections::New;
  unsigned pool = 10;                        ///< kept connections
  unsigned concurrency = 10;                 ///< of the closed loop
  std::chrono::milliseconds timeout{10000};  ///< from the scheduled arrival to the whole answer
  double waitSeconds = 0;                    ///< at most, before the load, until a connection is accepted
  bool json = false;
  bool timeline = false;
  bool live = false;
};

struct Leave {
  int exitCode = 0;
  std::string message;
};

struct ParsedOptions {
  Options options;
  std::optional<Leave> leave;
};

/// Never throws; bad use is Leave{2, text that names the flag}.
[[nodiscard]] ParsedOptions parseOptions(int argc, const char* const* argv);

/// "http://10.0.0.1:8080/work?ms=5". The error says what is wrong with it.
[[nodiscard]] Result<Url> parseUrl(const std::string& text);

}  // namespace tidewright::load

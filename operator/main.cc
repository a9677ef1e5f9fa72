#include <cstdio>
#include <string>
#include <vector>

#include "operator/clock.h"
#include "operator/control/access.h"
#include "operator/control/check.h"
#include "operator/control/options.h"
#include "operator/http/cpprest_transport.h"
#include "operator/kube/client.h"
#include "operator/kube/connection.h"

namespace tidewright {
namespace {

int say(const Error& error) {
  fmt::print(stderr, "tidewright: {}\n", error.message());
  return 1;
}

int run(const control::Options& options) {
  http::initialiseThreadPool();
  const SystemClock clock;
  const Result<kube::Access> access = control::findAccess(options);
  if (!access) return say(access.error());
  Result<kube::Connection> connection =
      kube::connect(*access, {.userAgent = fmt::format("tidewright/{}", control::version()), .onAnswer = {}}, clock);
  if (!connection) return say(connection.error());
  const kube::Client client(*connection->calls, {.fieldManager = "tidewright"});

  if (options.check) {
    const Result<std::string> found = control::checkCluster(client, connection->server, {});
    if (!found) return say(found.error());
    fmt::print("{}", *found);
    return 0;
  }
  return 0;
}

}  // namespace
}  // namespace tidewright

int main(int argc, char** argv) {
  using namespace tidewright;
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const auto parsed = control::parseOptions(arguments);
  if (const auto* early = std::get_if<control::EarlyExit>(&parsed)) {
    fmt::print(early->code == 0 ? stdout : stderr, "{}", early->text);
    return early->code;
  }
  return run(std::get<control::Options>(parsed));
}

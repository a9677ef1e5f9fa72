// How kubectl-tide is made, top to bottom. Nothing is decided here.
#include <cstdio>
#include <string>
#include <variant>
#include <vector>

#include "cli/command_line.h"
#include "cli/screen.h"
#include "operator/http/make_transport.h"
#include "operator/kube/connection.h"

namespace tidewright::cli {
namespace {

int say(const Error& error) {
  fmt::print(stderr, "kubectl-tide: {}\n", error.message());
  return kFailed;
}

void print(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

int carryOut(const SimulateOptions& options) {
  const SystemClock clock;
  const auto connect = [](const std::string& address) -> Result<std::unique_ptr<http::Transport>> {
    Result<http::Url> server = http::parseUrl(address);
    if (!server) return fail(server.error());
    return http::makeTransport({.server = *std::move(server), .tls = {}, .proxy = {}});
  };
  const Result<int> code = run(options, Surroundings{.clock = clock, .print = print, .connect = connect});
  return code ? *code : say(code.error());
}

int carryOut(const Invocation& invocation) {
  http::initialiseThreadPool();
  const Result<kube::Access> access = findAccess(invocation.where);
  if (!access) return say(access.error());
  const SystemClock clock;
  const Result<kube::Connection> connection =
      kube::connect(*access, {.userAgent = "kubectl-tide/" TIDEWRIGHT_VERSION, .onAnswer = {}}, clock);
  if (!connection) return say(connection.error());
  const kube::Client client(*connection->calls, {.fieldManager = "kubectl-tide"});
  const Session session{
      .client = client,
      .clock = clock,
      .ns = invocation.where.ns.empty() ? connection->defaultNamespace : invocation.where.ns,
      .server = connection->server,
      .print = print,
      .terminal = standardOutputTerminal,
  };
  const Result<int> code =
      std::visit([&session](const auto& options) { return run(options, session); }, invocation.command);
  return code ? *code : say(code.error());
}

}  // namespace
}  // namespace tidewright::cli

int main(int argc, char** argv) {
  using namespace tidewright::cli;
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const auto parsed = parseCommandLine(arguments);
  if (const auto* early = std::get_if<EarlyExit>(&parsed)) {
    fmt::print(early->code == 0 ? stdout : stderr, "{}", early->text);
    return early->code;
  }
  if (const auto* simulation = std::get_if<SimulateOptions>(&parsed)) return carryOut(*simulation);
  return carryOut(std::get<Invocation>(parsed));
}

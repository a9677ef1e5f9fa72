#include "cli/command_line.h"

#include <gmock/gmock.h>

#include "cli/completion.h"

namespace tidewright::cli {
namespace {

using namespace std::chrono_literals;
using testing::EndsWith;
using testing::HasSubstr;
using Words = std::vector<std::string>;

Invocation parsed(const Words& words) {
  const auto result = parseCommandLine(words);
  const auto* early = std::get_if<EarlyExit>(&result);
  EXPECT_EQ(early, nullptr) << (early ? early->text : "");
  return early ? Invocation{} : std::get<Invocation>(result);
}

EarlyExit ended(const Words& words) {
  const auto result = parseCommandLine(words);
  EXPECT_TRUE(std::holds_alternative<EarlyExit>(result));
  const auto* early = std::get_if<EarlyExit>(&result);
  return early ? *early : EarlyExit{-1, {}};
}

template <class Options>
Options as(const Words& words) {
  const Invocation invocation = parsed(words);
  EXPECT_TRUE(std::holds_alternative<Options>(invocation.command));
  const auto* options = std::get_if<Options>(&invocation.command);
  return options ? *options : Options{};
}

TEST(CommandLine, TakesTheNamespaceBeforeAndBehindTheCommand) {
  EXPECT_EQ(parsed({"-n", "shop", "get", "web"}).where.ns, "shop");
  EXPECT_EQ(parsed({"get", "web", "--namespace=shop"}).where.ns, "shop");
  EXPECT_EQ(parsed({"get", "--context", "c", "--kubeconfig", "k", "web"}).where.context, "c");
}

TEST(CommandLine, ReadsEachCommand) {
  EXPECT_TRUE(as<GetOptions>({"get", "web", "-w", "--shard", "eu"}).watch);
  EXPECT_EQ(as<AskOptions>({"promote", "web"}).command, "promote");
  EXPECT_EQ(as<AskOptions>({"promote", "web", "--full"}).command, "promote-full");
  EXPECT_EQ(as<AskOptions>({"abort", "web"}).command, "abort");
  EXPECT_EQ(as<AskOptions>({"retry", "web", "--timeout", "2m"}).timeout, 120s);
  EXPECT_EQ(as<UndoOptions>({"undo", "web", "--to-revision", "3"}).toRevision, "3");
  EXPECT_EQ(as<RestartOptions>({"restart", "web"}).name, "web");
  EXPECT_TRUE(as<PauseOptions>({"pause", "web"}).paused);
  EXPECT_FALSE(as<PauseOptions>({"resume", "web"}).paused);
  EXPECT_EQ(as<StatusOptions>({"status", "web"}).timeout, 600s);
  EXPECT_EQ(as<StatusOptions>({"status", "web", "--timeout=60s"}).timeout, 60s);
  EXPECT_EQ(as<HistoryOptions>({"history", "web", "--shard=eu"}).shard, "eu");
  EXPECT_EQ(as<WhyOptions>({"why", "web"}).name, "web");
}

struct Bad {
  const char* name;
  Words words;
  const char* says;
};
class Refused : public testing::TestWithParam<Bad> {};
TEST_P(Refused, SaysWhatIsWrongInOneLine) {
  const EarlyExit exit = ended(GetParam().words);
  EXPECT_EQ(exit.code, 2);
  EXPECT_THAT(exit.text, HasSubstr(GetParam().says));
  EXPECT_THAT(exit.text, EndsWith(" --help\n"));
  EXPECT_EQ(std::ranges::count(exit.text, '\n'), 1);
}
INSTANTIATE_TEST_SUITE_P(Words, Refused,
                         testing::Values(Bad{"Nothing", {}, "a command is missing"},
                                         Bad{"NoSuchCommand", {"scale"}, "\"scale\" is no command"},
                                         Bad{"NoName", {"get"}, "NAME is required; see kubectl-tide get"},
                                         Bad{"TwoNames", {"get", "a", "b"}, "\"b\" is no command or flag of get"},
                                         Bad{"NoSuchFlag", {"get", "a", "--wide"}, "\"--wide\""},
                                         Bad{"FullAbort", {"abort", "a", "--full"}, "\"--full\""},
                                         Bad{"NoTime", {"status", "a", "--timeout", "soon"}, "write 90s"},
                                         Bad{"NoShell", {"completion", "fish"}, "fish"}),
                         [](const auto& test) { return test.param.name; });

TEST(CommandLine, EveryCommandHasHelpWithAnExample) {
  for (const char* command : {"get", "history", "why", "status", "promote", "abort", "retry", "undo", "restart",
                              "pause", "resume", "completion", "version"}) {
    const EarlyExit exit = ended({command, "--help"});
    EXPECT_EQ(exit.code, 0) << command;
    EXPECT_THAT(exit.text, HasSubstr("Example: ")) << command;
    EXPECT_THAT(exit.text, HasSubstr(std::string("kubectl-tide ") + command)) << command;
  }
}

TEST(CommandLine, TellsTheVersion) {
  EXPECT_EQ(ended({"version"}).text, "kubectl-tide " TIDEWRIGHT_VERSION "\n");
  EXPECT_EQ(ended({"--version"}).text, ended({"version"}).text);
}

TEST(Completion, KnowsEveryCommandAndItsFlags) {
  const std::string script = ended({"completion", "bash"}).text;
  EXPECT_THAT(script, HasSubstr("undo) flags=\"-h --help -n --namespace --context --kubeconfig --to-revision --shard\" "
                                "app=yes ;;"));
  EXPECT_THAT(script, HasSubstr("completion) flags=\"-h --help bash zsh\" app=no ;;"));
  EXPECT_THAT(script, EndsWith("complete -F _kubectl_tide kubectl-tide\n"));
}

TEST(Completion, ZshQuotesWhatItDescribes) {
  EXPECT_THAT(completionScript("zsh", {{.name = "get", .description = "the app's pods"}}),
              HasSubstr("'get:the app'\\''s pods'"));
}

TEST(CommandLine, ASimulationNeedsNoClusterButALoad) {
  const auto parsed = parseCommandLine(Words{"simulate", "--samples", "a.csv", "web.yaml", "--startup", "20s"});
  const auto* simulation = std::get_if<SimulateOptions>(&parsed);
  ASSERT_NE(simulation, nullptr);
  EXPECT_EQ(simulation->file, "web.yaml");
  EXPECT_EQ(simulation->samples, Words{"a.csv"});
  EXPECT_EQ(simulation->startup, 20s);
  EXPECT_THAT(ended({"simulate", "web.yaml"}).text, HasSubstr("--samples or --prometheus"));
  EXPECT_EQ(ended({"simulate", "web.yaml"}).code, 2);
  EXPECT_EQ(ended({"simulate", "w", "--samples", "a", "--prometheus", "b"}).code, 2);
  EXPECT_EQ(ended({"simulate", "w", "--prometheus", "b", "--at-samples"}).code, 2);
}

}  // namespace
}  // namespace tidewright::cli

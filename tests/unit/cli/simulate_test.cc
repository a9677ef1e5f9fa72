#include "cli/simulate.h"

#include <filesystem>
#include <fstream>

#include <unistd.h>

#include <gmock/gmock.h>

#include "cli/manifest.h"
#include "operator/http/fake_transport.h"
#include "operator/http/url.h"
#include "tests/unit/kube/fake_clock.h"

namespace tidewright::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::SizeIs;

constexpr const char* kApp = R"(
apiVersion: v1
kind: ConfigMap
metadata: {name: before}
---
apiVersion: tidewright.dev/v1alpha1
kind: ScaledApp
metadata: {name: web, namespace: shop}
spec:
  template: {spec: {containers: [{name: web, image: "web:1"}]}}
  autoscaling:
    minReplicas: 1
    maxReplicas: MOST
    pollSeconds: 15
    metrics:
    - name: rps
      prometheus: {query: 'sum(rate(hits{app="{{app}}",namespace="{{namespace}}"}[1m]))'}
      target: {type: AverageValue, value: "50"}
)";

/// A folder of the test's own.
struct Simulation : testing::Test {
  Simulation() : folder(std::filesystem::temp_directory_path() / ("tide-simulate-" + std::to_string(getpid()))) {
    std::filesystem::create_directories(folder);
  }
  ~Simulation() override { std::filesystem::remove_all(folder); }

  std::string file(const std::string& name, const std::string& text) const {
    std::ofstream(folder / name) << text;
    return folder / name;
  }
  std::string app(const std::string& name = "web.yaml", const std::string& most = "20") const {
    std::string text = kApp;
    text.replace(text.find("MOST"), 4, most);
    return file(name, text);
  }
  /// Ten minutes at 100, ten at 400.
  std::string load() const {
    std::string csv = "time,value\n";
    for (int i = 0; i < 80; ++i) csv += std::to_string(1'795'000'000 + 15 * i) + (i < 40 ? ",100\n" : ",400\n");
    return file("load.csv", csv);
  }

  Result<int> simulate(const SimulateOptions& options) {
    const auto connect = [this](const std::string&) -> Result<std::unique_ptr<http::Transport>> {
      return std::make_unique<http::FakeTransport>([this](const http::Request& request) {
        asked.push_back(request);
        return answer;
      });
    };
    return run(options, {.clock = clock, .print = [this](std::string_view text) { said += text; }, .connect = connect});
  }

  std::filesystem::path folder;
  FakeClock clock;
  std::string said;
  std::vector<http::Request> asked;
  Result<http::FakeAnswer> answer = http::FakeAnswer{};
};

TEST_F(Simulation, ShowsTheChartAndTheFiguresOfALoadFromAFile) {
  const Result<int> code = simulate({.file = app(), .samples = {load()}});
  ASSERT_TRUE(code) << code.error().message();
  EXPECT_EQ(*code, 0);
  EXPECT_THAT(said, AllOf(HasSubstr("pod-hours"), HasSubstr("pods             2 to 8"), HasSubstr("░")));
}

TEST_F(Simulation, ComparesTwoPoliciesAndDrawsThem) {
  const std::string svg = folder / "load.svg";
  const Result<int> code =
      simulate({.file = app(), .samples = {"rps=" + load()}, .svg = svg, .against = app("small.yaml", "5")});
  ASSERT_TRUE(code) << code.error().message();
  EXPECT_THAT(said, AllOf(HasSubstr("web.yaml"), HasSubstr("small.yaml")));
  std::ifstream drawn(svg);
  const std::string text{std::istreambuf_iterator<char>(drawn), {}};
  EXPECT_THAT(text, AllOf(HasSubstr("<svg"), HasSubstr("small.yaml")));
  EXPECT_FALSE(std::filesystem::exists(svg + ".partial"));
}

TEST_F(Simulation, WritesATableOfTheTicks) {
  const std::string csv = folder / "ticks.csv";
  const Result<int> code = simulate({.file = app(), .samples = {load()}, .atSamples = true, .csv = csv});
  ASSERT_TRUE(code) << code.error().message();
  std::ifstream written(csv);
  const std::string text{std::istreambuf_iterator<char>(written), {}};
  EXPECT_THAT(text, AllOf(HasSubstr("time,rps,ready,desired"), HasSubstr(",400,2,")));
  EXPECT_EQ(std::ranges::count(text, '\n'), 81);
}

TEST_F(Simulation, AsksAPrometheusForEachPartOfALongPast) {
  answer = http::FakeAnswer{
      .response = {.status = 200, .body = R"({"status":"success","data":{"resultType":"matrix","result":[
                     {"metric":{},"values":[[1795000000,"100"],[1795000015,"120"]]}]}})"}};
  const Result<int> code = simulate({.file = app(),
                                     .prometheus = "http://prometheus:9090",
                                     .from = "1795000000",
                                     .to = std::to_string(1'795'000'000 + 15 * 15'000)});
  // The same points twice do not go up: what matters here is what was asked.
  (void)code;
  ASSERT_THAT(asked, SizeIs(2));
  const std::string form = *http::percentDecode(asked[0].body);
  EXPECT_THAT(form, AllOf(HasSubstr(R"(app="web",namespace="shop")"), HasSubstr("step=15")));
  EXPECT_EQ(asked[0].target, "/api/v1/query_range");
}

TEST_F(Simulation, AServerThatRefusesIsQuoted) {
  answer = http::FakeAnswer{
      .response = {.status = 400, .body = R"({"status":"error","errorType":"bad_data","error":"parse error: what?"})"}};
  const Result<int> code = simulate({.file = app(), .prometheus = "http://prometheus:9090"});
  ASSERT_FALSE(code);
  EXPECT_THAT(code.error().message(), AllOf(HasSubstr("metric rps"), HasSubstr("parse error: what?")));
}

TEST_F(Simulation, BadInputIsRefusedInASentence) {
  const std::string plain =
      file("plain.yaml", "kind: ScaledApp\nmetadata: {name: p}\nspec: {replicas: 2, template: {}}\n");
  const std::vector<std::pair<SimulateOptions, std::string>> table{
      {{.file = folder / "none.yaml", .samples = {load()}}, "none.yaml cannot be read"},
      {{.file = file("other.yaml", "kind: Pod\n"), .samples = {load()}}, "holds no ScaledApp"},
      {{.file = file("broken.yaml", "a: [\n"), .samples = {load()}}, "broken.yaml"},
      {{.file = plain, .samples = {load()}}, "no spec.autoscaling"},
      {{.file = app("bad.yaml", "0"), .samples = {load()}}, "spec.autoscaling"},
      {{.file = app(), .samples = {"cpu=" + load()}}, "no metric cpu"},
      {{.file = app(), .samples = {folder / "none.csv"}}, "none.csv cannot be read"},
      {{.file = app(), .samples = {file("bad.csv", "1795000000,many\n")}}, "bad.csv"},
      {{.file = app(), .samples = {load()}, .from = "yesterday"}, "--from \"yesterday\" is no time"},
      {{.file = app(), .samples = {load()}, .csv = "/nowhere/x.csv"}, "--csv /nowhere/x.csv cannot be written"},
      {{.file = app(), .samples = {load()}, .svg = "/nowhere/x.svg"}, "--svg /nowhere/x.svg cannot be written"},
  };
  for (const auto& [options, says] : table) {
    const Result<int> code = simulate(options);
    ASSERT_FALSE(code) << says;
    EXPECT_THAT(code.error().message(), HasSubstr(says));
  }
}

TEST_F(Simulation, AQuotedNumberInAManifestStaysText) {
  const Result<api::ScaledApp> read = readManifest(app());
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->name, "web");
  EXPECT_EQ(read->spec.autoscaling->maxReplicas, 20);
  EXPECT_EQ(read->spec.autoscaling->metrics.front().target.value.value(), 50);
}

}  // namespace
}  // namespace tidewright::cli

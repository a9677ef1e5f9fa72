// Holds our decisions against numbers that other systems computed: every JSON file of a directory. The kind of a case is
// told by its keys, so files may be named, split and joined at will.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <vector>

#include <fmt/format.h>

#include "tests/conformance/case_kind.h"

namespace tidewright::conformance {
namespace {

using nlohmann::json;

constexpr int kPassed = 0, kFailed = 1, kUnusable = 2;
constexpr std::size_t kShownFailures = 5;

struct Verdict {
  int passed = 0, failed = 0;
  std::vector<std::string> failures;  ///< the first few

  void fail(std::string why) {
    ++failed;
    if (failures.size() < kShownFailures) failures.push_back(std::move(why));
  }
};

const CaseKind* kindOf(const json& one) {
  if (!one.is_object()) return nullptr;
  for (const std::span<const CaseKind> kinds : {autoscalerKinds(), rolloutKinds()}) {
    for (const CaseKind& kind : kinds) {
      if (std::ranges::all_of(kind.keys, [&](std::string_view key) { return one.contains(key); })) return &kind;
    }
  }
  return nullptr;
}

std::string labelOf(const json& one, std::size_t index) {
  for (const char* key : {"id", "name"}) {
    if (const auto it = one.find(key); it != one.end() && it->is_string()) return it->get<std::string>();
  }
  return fmt::format("case {}", index);
}

void checkCase(const CaseKind& kind, const json& one, std::size_t index, Verdict& verdict) {
  try {
    const std::optional<std::string> wrong = kind.check(one);
    if (!wrong) {
      ++verdict.passed;
    } else {
      verdict.fail(fmt::format("{} {}: {}", kind.name, labelOf(one, index), *wrong));
    }
  } catch (const std::exception& malformed) {
    verdict.fail(fmt::format("{} {}: cannot be read: {}", kind.name, labelOf(one, index), malformed.what()));
  }
}

/// A list is one of cases if any of its items is a case; then each that is none fails, instead of being passed over.
void checkList(const json& list, Verdict& verdict) {
  if (std::ranges::none_of(list, [](const json& one) { return kindOf(one) != nullptr; })) return;
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (const CaseKind* kind = kindOf(list[i])) {
      checkCase(*kind, list[i], i, verdict);
    } else {
      verdict.fail(fmt::format("case {}: of no known kind", i));
    }
  }
}

Verdict checkFile(const json& file) {
  Verdict verdict;
  if (file.is_array()) checkList(file, verdict);
  if (file.is_object()) {
    for (const auto& [name, member] : file.items()) {
      if (member.is_array()) checkList(member, verdict);
    }
  }
  return verdict;
}

std::vector<std::filesystem::path> jsonFiles(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.is_regular_file() && entry.path().extension() == ".json") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

int run(const std::filesystem::path& directory) {
  int passed = 0, failed = 0;
  for (const std::filesystem::path& path : jsonFiles(directory)) {
    std::ifstream in(path);
    const json file = json::parse(in, nullptr, /*allow_exceptions=*/false);
    const std::string name = path.filename().string();
    if (file.is_discarded()) {
      fmt::print("{}: is not JSON\n", name);
      ++failed;
      continue;
    }
    const Verdict verdict = checkFile(file);
    if (verdict.passed + verdict.failed == 0) {
      fmt::print("{}: has no cases of a known kind, passed over\n", name);
      continue;
    }
    fmt::print("{}: {} passed, {} failed\n", name, verdict.passed, verdict.failed);
    for (const std::string& failure : verdict.failures) fmt::print("  {}\n", failure);
    if (verdict.failed > static_cast<int>(verdict.failures.size())) fmt::print("  and more\n");
    passed += verdict.passed;
    failed += verdict.failed;
  }
  if (passed + failed == 0) {
    fmt::print(stderr, "{} has no JSON file with cases; --data must name a directory that has\n", directory.string());
    return kUnusable;
  }
  fmt::print("{} passed, {} failed\n", passed, failed);
  return failed == 0 ? kPassed : kFailed;
}

}  // namespace
}  // namespace tidewright::conformance

int main(int argc, char** argv) {
  using namespace tidewright::conformance;
  if (argc != 3 || std::string_view(argv[1]) != "--data") {
    fmt::print(stderr, "usage: conformance --data DIR, a directory of JSON files with cases\n");
    return kUnusable;
  }
  std::error_code error;
  if (!std::filesystem::is_directory(argv[2], error)) {
    fmt::print(stderr, "{} is not a directory; --data must name one with JSON files\n", argv[2]);
    return kUnusable;
  }
  return run(argv[2]);
}

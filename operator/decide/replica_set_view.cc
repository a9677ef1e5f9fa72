#include "operator/decide/replica_set_view.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "operator/timestamp.h"

namespace tidewright::decide {
namespace {

std::string annotation(const std::map<std::string, std::string>& annotations, std::string_view name) {
  const auto found = annotations.find(std::string(name));
  return found == annotations.end() ? std::string() : found->second;
}

template <class Number>
std::optional<Number> numberFrom(std::string_view text) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

std::optional<SizedFor> sizedForFrom(std::string_view text) {
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto desired = numberFrom<int32_t>(text.substr(0, slash));
  const auto max = numberFrom<int32_t>(text.substr(slash + 1));
  if (!desired || !max) return std::nullopt;
  return SizedFor{*desired, *max};
}

}  // namespace

std::map<std::string, std::string> annotationsOf(const RevisionRecord& record) {
  std::map<std::string, std::string> out;
  const auto put = [&out](std::string_view name, std::string value) { out.emplace(name, std::move(value)); };
  if (!record.fingerprint.empty()) put(kFingerprintAnnotation, record.fingerprint);
  if (record.number > 0) put(kNumberAnnotation, std::to_string(record.number));
  if (record.sizedFor) put(kSizedForAnnotation, fmt::format("{}/{}", record.sizedFor->desired, record.sizedFor->max));
  if (record.promotedAt) put(kPromotedAtAnnotation, formatMicroTime(*record.promotedAt));
  if (!record.failed.empty()) put(kFailedAnnotation, record.failed);
  return out;
}

RevisionRecord recordFrom(const std::map<std::string, std::string>& annotations) {
  RevisionRecord record{.fingerprint = annotation(annotations, kFingerprintAnnotation),
                        .number = numberFrom<int64_t>(annotation(annotations, kNumberAnnotation)).value_or(0),
                        .sizedFor = sizedForFrom(annotation(annotations, kSizedForAnnotation)),
                        .failed = annotation(annotations, kFailedAnnotation)};
  if (const auto promotedAt = parseTimestamp(annotation(annotations, kPromotedAtAnnotation))) {
    record.promotedAt = *promotedAt;
  }
  return record;
}

api::Revision resolveRevision(const api::RevisionSource& source, const std::vector<ReplicaSetView>& sets) {
  const api::Revision first = api::revisionOf(source);
  for (const ReplicaSetView& set : sets) {
    if (set.record.fingerprint == first.fingerprint) return {set.revision, first.fingerprint, first.configHash};
  }
  // As many names as there are sets may be taken, so one more always has a free one.
  for (int32_t collisions = 0;; ++collisions) {
    const api::Revision revision = api::revisionOf(source, collisions);
    if (std::ranges::find(sets, revision.hash, &ReplicaSetView::revision) == sets.end()) return revision;
  }
}

}  // namespace tidewright::decide

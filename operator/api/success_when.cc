#include "operator/api/success_when.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

namespace tidewright::api {
namespace {

using Operator = Comparison::Operator;

/// The longer ones first: "<=" begins with "<".
constexpr std::array<std::pair<std::string_view, Operator>, 6> kOperators{{{"<=", Operator::LessOrEqual},
                                                                           {">=", Operator::GreaterOrEqual},
                                                                           {"==", Operator::Equal},
                                                                           {"!=", Operator::NotEqual},
                                                                           {"<", Operator::Less},
                                                                           {">", Operator::Greater}}};

/// Takes an expression apart from its front; spaces between the parts do not matter.
class Parts {
 public:
  explicit Parts(std::string_view text) : rest_(text) {}

  bool word(std::string_view expected) {
    skipSpaces();
    if (!rest_.starts_with(expected)) return false;
    const std::string_view behind = rest_.substr(expected.size());
    if (!behind.empty() && std::isalnum(static_cast<unsigned char>(behind.front())) != 0) return false;
    rest_ = behind;
    return true;
  }

  std::optional<Operator> comparison() {
    skipSpaces();
    for (const auto& [text, op] : kOperators) {
      if (!rest_.starts_with(text)) continue;
      rest_.remove_prefix(text.size());
      return op;
    }
    return std::nullopt;
  }

  std::optional<double> number() {
    skipSpaces();
    std::string_view digits = rest_;
    if (digits.starts_with('+') || digits.starts_with('-')) digits.remove_prefix(1);
    // Else "inf" and "nan" would be numbers, and "+-1".
    if (digits.empty() || std::isdigit(static_cast<unsigned char>(digits.front())) == 0) return std::nullopt;
    const std::string_view text = rest_.starts_with('+') ? digits : rest_;
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || !std::isfinite(value)) return std::nullopt;
    rest_ = text.substr(static_cast<size_t>(end - text.data()));
    if (!rest_.empty() && rest_.front() != ' ') return std::nullopt;
    return value;
  }

  bool atEnd() {
    skipSpaces();
    return rest_.empty();
  }

 private:
  void skipSpaces() { rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size())); }

  std::string_view rest_;
};

/// No number lies between the bounds. What != leaves out is a single number, so it empties only an ==.
bool isEmpty(const SuccessWhen& range) {
  double low = -std::numeric_limits<double>::infinity(), high = std::numeric_limits<double>::infinity();
  for (const Comparison& one : range.both) {
    if (one.op == Operator::Greater || one.op == Operator::GreaterOrEqual || one.op == Operator::Equal) {
      low = std::max(low, one.number);
    }
    if (one.op == Operator::Less || one.op == Operator::LessOrEqual || one.op == Operator::Equal) {
      high = std::min(high, one.number);
    }
  }
  return low > high || (low == high && !range.holds(low));
}

}  // namespace

bool Comparison::holds(double value) const {
  switch (op) {
    case Operator::Less: return value < number;
    case Operator::LessOrEqual: return value <= number;
    case Operator::Greater: return value > number;
    case Operator::GreaterOrEqual: return value >= number;
    case Operator::Equal: return value == number;
    case Operator::NotEqual: return value != number;
  }
  return false;
}

bool SuccessWhen::holds(double value) const {
  return std::ranges::all_of(both, [value](const Comparison& one) { return one.holds(value); });
}

Result<SuccessWhen> parseSuccessWhen(std::string_view text) {
  SuccessWhen out{.text = std::string(text), .both = {}};
  Parts parts(text);
  do {
    const bool value = parts.word("value");
    const std::optional<Operator> op = value ? parts.comparison() : std::nullopt;
    const std::optional<double> number = op ? parts.number() : std::nullopt;
    if (!number) {
      return fail(ErrorCode::Invalid,
                  "\"{}\" does not compare value with a number; write it like \"value <= 0.01\" or "
                  "\"value > 0.2 and value < 0.8\"",
                  text);
    }
    out.both.push_back({*op, *number});
  } while (parts.word("and"));
  if (!parts.atEnd()) {
    return fail(ErrorCode::Invalid, "\"{}\" has something behind its end; join two comparisons with and", text);
  }
  if (isEmpty(out)) return fail(ErrorCode::Invalid, "\"{}\" holds for no number at all; correct its bounds", text);
  return out;
}

}  // namespace tidewright::api

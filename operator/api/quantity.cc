#include "operator/api/quantity.h"

#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include <nlohmann/json.hpp>

namespace tidewright::api {
namespace {

struct Suffix {
  std::string_view text;
  int decimalExponent;
  double factor;
};
constexpr std::array<Suffix, 14> kSuffixes{{{"", 0, 1},
                                            {"n", -9, 1},
                                            {"u", -6, 1},
                                            {"m", -3, 1},
                                            {"k", 3, 1},
                                            {"M", 6, 1},
                                            {"G", 9, 1},
                                            {"T", 12, 1},
                                            {"P", 15, 1},
                                            {"E", 18, 1},
                                            {"Ki", 0, 1024.0},
                                            {"Mi", 0, 1024.0 * 1024},
                                            {"Gi", 0, 1024.0 * 1024 * 1024},
                                            {"Ti", 0, 1024.0 * 1024 * 1024 * 1024}}};

bool isDigit(char c) { return c >= '0' && c <= '9'; }

/// The exponent and factor that stand behind the digits; nothing if that is no suffix.
std::optional<Suffix> parseSuffix(std::string_view text) {
  for (const Suffix& suffix : kSuffixes) {
    if (suffix.text == text) return suffix;
  }
  if (text.size() < 2 || (text[0] != 'e' && text[0] != 'E')) return std::nullopt;
  std::string_view digits = text.substr(1);
  if (digits[0] == '+') digits.remove_prefix(1);
  int exponent = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
  if (error != std::errc() || end != digits.data() + digits.size() || std::abs(exponent) > 18) return std::nullopt;
  return Suffix{text, exponent, 1};
}

}  // namespace

Result<Quantity> parseQuantity(std::string_view text) {
  const auto refuse = [text] {
    return fail(ErrorCode::Invalid, "\"{}\" is not a quantity; write a number such as 100, 0.5, 500m, 2k or 1Gi", text);
  };
  std::string_view rest = text;
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  // Digits and the power of ten are kept apart: one rounding at the end instead of one a digit.
  double digits = 0;
  int exponent = 0;
  bool any = false, point = false;
  for (; !rest.empty(); rest.remove_prefix(1)) {
    if (rest[0] == '.' && !point) {
      point = true;
    } else if (isDigit(rest[0])) {
      digits = digits * 10 + (rest[0] - '0');
      exponent -= point ? 1 : 0;
      any = true;
    } else {
      break;
    }
  }
  const std::optional<Suffix> suffix = parseSuffix(rest);
  if (!any || !suffix || text.size() > 64) return refuse();
  exponent += suffix->decimalExponent + 3;  // in thousandths
  double milli = digits * suffix->factor;
  milli = exponent >= 0 ? milli * std::pow(10.0, exponent) : milli / std::pow(10.0, -exponent);
  return Quantity{negative ? -milli : milli};
}

Result<Quantity> quantityFrom(const nlohmann::json& value) {
  if (value.is_string()) return parseQuantity(value.get_ref<const std::string&>());
  if (value.is_number()) return parseQuantity(value.dump());
  return fail(ErrorCode::Invalid, "{} is not a quantity; write a number such as 100, 0.5, 500m, 2k or 1Gi",
              value.dump());
}

double toMilli(double value) {
  const double milli = value * 1000;
  const double whole = std::nearbyint(milli);
  // Some units in the last place: what one division and one multiplication can have lost.
  constexpr double kRounding = 4e-15;
  return std::abs(milli - whole) <= kRounding * std::abs(milli) ? whole : milli;
}

}  // namespace tidewright::api

#include "operator/api/int_or_percent.h"

#include <charconv>
#include <limits>
#include <string>
#include <string_view>

namespace tidewright::api {

Result<IntOrPercent> parseIntOrPercent(const nlohmann::json& value) {
  if (value.is_number_integer()) {
    const auto number = value.get<int64_t>();
    if (number < 0 || number > std::numeric_limits<int32_t>::max()) {
      return fail(ErrorCode::Invalid, "{} is out of range; write a number of pods, 0 or more", number);
    }
    return IntOrPercent{.value = static_cast<int32_t>(number)};
  }
  if (value.is_string()) {
    const std::string& text = value.get_ref<const std::string&>();
    std::string_view digits = text;
    const bool percent = digits.ends_with('%');
    if (percent) digits.remove_suffix(1);
    int32_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error == std::errc{} && end == digits.data() + digits.size() && number >= 0) {
      return IntOrPercent{.value = number, .percent = percent};
    }
  }
  return fail(ErrorCode::Invalid, "{} is neither a number of pods nor a percentage; write 1 or \"25%\"", value.dump());
}

nlohmann::json toJson(const IntOrPercent& value) {
  if (value.percent) return std::to_string(value.value) + "%";
  return value.value;
}

}  // namespace tidewright::api

#include "operator/api/field_reader.h"

namespace tidewright::api {
namespace {

const nlohmann::json kAbsent;

}  // namespace

FieldReader::FieldReader(const nlohmann::json& value, std::string path, std::optional<Error>& error)
    : value_(value), path_(std::move(path)), error_(error) {
  if (!value.is_object() && !value.is_null()) refuse("", "is not an object; write its fields below it");
}

const nlohmann::json* FieldReader::find(const char* name) const {
  if (!value_.is_object()) return nullptr;
  const auto it = value_.find(name);
  return it == value_.end() || it->is_null() ? nullptr : &*it;
}

std::optional<int32_t> FieldReader::optionalInteger(const char* name, int32_t lowest, int32_t highest) {
  const nlohmann::json* value = find(name);
  if (value == nullptr) return std::nullopt;
  // Unsigned numbers past int64 would wrap; a double holds their size well enough to refuse them.
  if (!value->is_number_integer() || value->get<double>() < lowest || value->get<double>() > highest) {
    refuse(name, fmt::format("{} is not allowed; write a whole number from {} to {}", value->dump(), lowest, highest));
    return std::nullopt;
  }
  return value->get<int32_t>();
}

int32_t FieldReader::integer(const char* name, int32_t otherwise, int32_t lowest, int32_t highest) {
  return optionalInteger(name, lowest, highest).value_or(otherwise);
}

std::chrono::seconds FieldReader::seconds(const char* name, std::chrono::seconds otherwise, int32_t lowest,
                                          int32_t highest) {
  const std::optional<int32_t> count = optionalInteger(name, lowest, highest);
  return count ? std::chrono::seconds{*count} : otherwise;
}

bool FieldReader::boolean(const char* name, bool otherwise) {
  const nlohmann::json* value = find(name);
  if (value == nullptr) return otherwise;
  if (value->is_boolean()) return value->get<bool>();
  refuse(name, fmt::format("{} is not allowed; write true or false", value->dump()));
  return otherwise;
}

std::string FieldReader::text(const char* name) {
  const nlohmann::json* value = find(name);
  if (value == nullptr) return {};
  if (value->is_string()) return value->get<std::string>();
  refuse(name, fmt::format("{} is not a text; put it in quotes", value->dump()));
  return {};
}

std::string FieldReader::requiredText(const char* name) {
  std::string value = text(name);
  if (value.empty()) refuse(name, "is missing or empty; it is required");
  return value;
}

std::map<std::string, std::string> FieldReader::texts(const char* name) {
  std::map<std::string, std::string> all;
  const nlohmann::json* value = find(name);
  if (value == nullptr) return all;
  if (!value->is_object()) refuse(name, "is not a map; write \"label: value\" lines below it");
  for (const auto& [key, text] : value->items()) {
    if (text.is_string()) {
      all.emplace(key, text.get<std::string>());
    } else {
      refuse(fmt::format("{}.{}", name, key), "is not a text; put it in quotes");
    }
  }
  return all;
}

std::vector<std::string> FieldReader::textList(const char* name) {
  std::vector<std::string> all;
  for (const nlohmann::json& item : list(name, 0, 1000)) {
    if (item.is_string()) {
      all.push_back(item.get<std::string>());
    } else {
      refuse(name, fmt::format("{} is not a text; put it in quotes", item.dump()));
    }
  }
  return all;
}

Quantity FieldReader::quantity(const char* name, Quantity otherwise) {
  const nlohmann::json* value = find(name);
  if (value == nullptr) return otherwise;
  const Result<Quantity> quantity = quantityFrom(*value);
  if (quantity) return *quantity;
  refuse(name, quantity.error().message());
  return otherwise;
}

FieldReader FieldReader::object(const char* name) {
  const nlohmann::json* value = find(name);
  return FieldReader(value == nullptr ? kAbsent : *value, fmt::format("{}.{}", path_, name), error_);
}

const nlohmann::json& FieldReader::list(const char* name, std::size_t fewest, std::size_t most) {
  const nlohmann::json* value = find(name);
  const std::size_t size = value == nullptr ? 0 : value->size();
  if (value != nullptr && !value->is_array()) {
    refuse(name, "is not a list; begin each item with \"- \"");
    return kAbsent;
  }
  if (size < fewest || size > most) {
    refuse(name, fmt::format("has {} items; write {} to {}", size, fewest, most));
    return kAbsent;
  }
  return value == nullptr ? kAbsent : *value;
}

void FieldReader::refuse(std::string_view name, std::string_view why) {
  if (error_) return;
  error_ = name.empty() ? Error(ErrorCode::Invalid, fmt::format("{}: {}", path_, why))
                        : Error(ErrorCode::Invalid, fmt::format("{}.{}: {}", path_, name, why));
}

}  // namespace tidewright::api

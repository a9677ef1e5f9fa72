#include "operator/control/log.h"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <nlohmann/json.hpp>

namespace tidewright::control {
namespace {

spdlog::level::level_enum levelOf(LogLevel level) {
  switch (level) {
    case LogLevel::Debug: return spdlog::level::debug;
    case LogLevel::Info: return spdlog::level::info;
    case LogLevel::Warn: return spdlog::level::warn;
    case LogLevel::Error: return spdlog::level::err;
  }
  return spdlog::level::info;
}

std::string jsonText(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// As logfmt has it: quotes only where they are needed.
std::string asText(const LogField::Value& value) {
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr) return std::visit([](const auto& one) { return fmt::format("{}", one); }, value);
  const bool plain = !text->empty() && text->find_first_of(" \"=\n\t") == std::string::npos;
  return plain ? *text : jsonText(*text);
}

std::string asJson(const LogField::Value& value) {
  const auto* text = std::get_if<std::string>(&value);
  if (text != nullptr) return jsonText(*text);
  return std::visit([](const auto& one) { return fmt::format("{}", one); }, value);
}

}  // namespace

Log::Log(LogLevel level, LogFormat format)
    : format_(format),
      logger_(std::make_shared<spdlog::logger>("tidewright", std::make_shared<spdlog::sinks::stderr_sink_mt>())) {
  logger_->set_level(levelOf(level));
  logger_->flush_on(spdlog::level::debug);
  if (format == LogFormat::Json) {
    logger_->set_pattern(R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})", spdlog::pattern_time_type::utc);
  } else {
    logger_->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %-5l %v", spdlog::pattern_time_type::utc);
  }
}

Log Log::with(const LogField& field) const {
  Log log = *this;
  log.always_ += rendered(field);
  return log;
}

std::string Log::rendered(const LogField& field) const {
  if (format_ == LogFormat::Json) return fmt::format(",{}:{}", jsonText(field.name), asJson(field.value));
  return fmt::format(" {}={}", field.name, asText(field.value));
}

bool Log::wants(LogLevel level) const { return logger_->should_log(levelOf(level)); }

void Log::write(LogLevel level, std::string_view text, LogFields fields) const {
  if (!wants(level)) return;
  std::string line = format_ == LogFormat::Json ? "\"message\":" + jsonText(text) : std::string(text);
  for (const LogField& field : fields) line += rendered(field);
  line += always_;
  logger_->log(levelOf(level), line);
}

}  // namespace tidewright::control

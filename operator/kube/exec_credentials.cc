#include "operator/kube/exec_credentials.h"

#include <nlohmann/json.hpp>
#include <sstream>

#include "operator/kube/base64.h"
#include "operator/timestamp.h"

namespace tidewright::kube {
namespace {

using nlohmann::json;

/// Long enough for a plugin that asks a cloud's API.
constexpr std::chrono::seconds kPluginTimeout{60};
constexpr std::chrono::seconds kExpiryMargin{10};

/// A field of `status` that must be text if it is there.
Result<std::string> textField(const json& status, const char* field) {
  const auto found = status.find(field);
  if (found == status.end() || found->is_null()) return std::string();
  if (!found->is_string()) return fail(ErrorCode::Invalid, "status.{} must be text", field);
  return found->get<std::string>();
}

std::string describeRequest(const ExecPlugin& plugin, const Access& access) {
  json info{{"apiVersion", plugin.apiVersion}, {"kind", "ExecCredential"}, {"spec", {{"interactive", false}}}};
  if (plugin.provideClusterInfo) {
    json cluster{{"server", access.server.toString()}};
    if (access.insecureSkipTlsVerify) cluster["insecure-skip-tls-verify"] = true;
    if (!access.tlsServerName.empty()) cluster["tls-server-name"] = access.tlsServerName;
    if (access.proxy) cluster["proxy-url"] = access.proxy->toString();
    std::string ca = access.certificateAuthority.text;
    if (ca.empty() && !access.certificateAuthority.file.empty()) {
      ca = http::pemFile(access.certificateAuthority.file)().value_or("");
    }
    if (!ca.empty()) cluster["certificate-authority-data"] = encodeBase64(ca);
    info["spec"]["cluster"] = std::move(cluster);
  }
  return info.dump();
}

}  // namespace

Result<ExecCredential> parseExecCredential(std::string_view text, std::string_view apiVersion) {
  const json object = json::parse(text, nullptr, false);
  if (!object.is_object()) return fail(ErrorCode::Invalid, "did not print a JSON object");
  if (const json kind = object.value("kind", json()); kind != "ExecCredential") {
    return fail(ErrorCode::Invalid, "kind must be ExecCredential");
  }
  if (const json version = object.value("apiVersion", json()); version != apiVersion) {
    return fail(ErrorCode::Invalid, "apiVersion must be {}, as the kubeconfig says", apiVersion);
  }
  const auto status = object.find("status");
  if (status == object.end() || !status->is_object()) return fail(ErrorCode::Invalid, "has no status");

  ExecCredential parsed;
  const Result<std::string> token = textField(*status, "token");
  if (!token) return fail(token.error());
  const Result<std::string> certificate = textField(*status, "clientCertificateData");
  if (!certificate) return fail(certificate.error());
  const Result<std::string> key = textField(*status, "clientKeyData");
  if (!key) return fail(key.error());
  if (certificate->empty() != key->empty()) {
    return fail(ErrorCode::Invalid, "status.clientCertificateData and status.clientKeyData belong together");
  }
  if (token->empty() && certificate->empty()) {
    return fail(ErrorCode::Invalid, "status has neither a token nor a client certificate");
  }
  parsed.credential.token = *token;
  if (!certificate->empty()) parsed.credential.certificate = http::ClientCertificate{*certificate, *key};

  const Result<std::string> expires = textField(*status, "expirationTimestamp");
  if (!expires) return fail(expires.error());
  if (!expires->empty()) {
    const Result<WallTime> time = parseTimestamp(*expires);
    if (!time) return fail(ErrorCode::Invalid, "status.expirationTimestamp must be RFC 3339");
    parsed.expires = *time;
  }
  return parsed;
}

ExecCredentials::ExecCredentials(ExecPlugin plugin, const Access& access, const Clock& clock, Run run)
    : plugin_(std::move(plugin)),
      execInfo_(describeRequest(plugin_, access)),
      clock_(clock),
      run_(run ? std::move(run) : [](const Command& command, std::stop_token stop) {
        return kube::run(command, kPluginTimeout, stop);
      }) {}

bool ExecCredentials::isFresh() const {
  return known_ && (!known_->expires || clock_.wall() + kExpiryMargin < *known_->expires);
}

Result<Credential> ExecCredentials::current(std::stop_token stop) {
  {
    std::unique_lock lock(mutex_);
    const bool noneRuns = done_.wait(lock, stop, [this] { return !running_; });
    if (!noneRuns) return fail(ErrorCode::Cancelled, "{}: stopped", plugin_.command);
    if (isFresh()) return known_->credential;
    running_ = true;
  }
  Result<ExecCredential> asked = ask(stop);
  const std::lock_guard lock(mutex_);
  running_ = false;
  if (asked) known_ = *asked;
  done_.notify_all();
  if (!asked) return fail(asked.error().in("credential plugin {}", plugin_.command));
  return asked->credential;
}

bool ExecCredentials::refused(const std::string& token) {
  const std::lock_guard lock(mutex_);
  if (known_ && known_->credential.token == token) known_.reset();
  return true;
}

Result<ExecCredential> ExecCredentials::ask(const std::stop_token& stop) const {
  Command command{.program = plugin_.command, .args = plugin_.args, .env = plugin_.env};
  command.env.emplace_back("KUBERNETES_EXEC_INFO", execInfo_);
  const Result<std::string> printed = run_(command, stop);
  if (!printed) {
    if (printed.error().code() == ErrorCode::NotFound && !plugin_.installHint.empty()) {
      return fail(ErrorCode::NotFound, "{}; {}", printed.error().message(), plugin_.installHint);
    }
    return fail(printed.error());
  }
  return parseExecCredential(*printed, plugin_.apiVersion);
}

}  // namespace tidewright::kube

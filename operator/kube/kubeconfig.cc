#include "operator/kube/kubeconfig.h"

#include <fmt/ranges.h>
#include <yaml-cpp/yaml.h>

#include <cstdlib>
#include <filesystem>

#include "operator/kube/base64.h"

namespace tidewright::kube {
namespace {

namespace fs = std::filesystem;

struct File {
  std::string path;
  YAML::Node root;
};

/// One mapping of a file and how to call it in an error: "kubeconfig ./config: users[me]". An undefined node is an
/// empty mapping.
struct Place {
  std::string path;  ///< Of the file
  std::string name;
  YAML::Node node;

  [[nodiscard]] Error wrong(std::string_view field, std::string_view what) const {
    return Error(ErrorCode::Invalid, fmt::format("kubeconfig {}: {}{}{}: {}", path, name,
                                                 name.empty() || field.empty() ? "" : ".", field, what));
  }

  [[nodiscard]] bool has(const char* field) const {
    const YAML::Node value = node[field];
    return value.IsDefined() && !value.IsNull();
  }

  /// Empty if it is not there.
  [[nodiscard]] Result<std::string> text(const char* field) const {
    if (!has(field)) return std::string();
    if (!node[field].IsScalar()) return fail(wrong(field, "must be text"));
    return node[field].Scalar();
  }

  [[nodiscard]] Result<bool> flag(const char* field) const {
    if (!has(field)) return false;
    bool value = false;
    if (!node[field].IsScalar() || !YAML::convert<bool>::decode(node[field], value)) {
      return fail(wrong(field, "must be true or false"));
    }
    return value;
  }

  [[nodiscard]] Result<std::vector<std::string>> texts(const char* field) const {
    std::vector<std::string> all;
    if (!has(field)) return all;
    if (!node[field].IsSequence()) return fail(wrong(field, "must be a list of texts"));
    for (const YAML::Node& one : node[field]) {
      if (!one.IsScalar()) return fail(wrong(field, "must be a list of texts"));
      all.push_back(one.Scalar());
    }
    return all;
  }

  /// A file's path, made relative to the kubeconfig's folder.
  [[nodiscard]] Result<std::string> file(const char* field) const {
    Result<std::string> value = text(field);
    if (!value || value->empty()) return value;
    return fs::path(path).parent_path() / *value;
  }

  /// `field` names a file, `field`-data holds the text itself in base64.
  [[nodiscard]] Result<FileOrText> fileOrText(const std::string& field) const {
    FileOrText both;
    Result<std::string> named = file(field.c_str());
    if (!named) return fail(named.error());
    both.file = *std::move(named);
    const std::string dataField = field + "-data";
    const Result<std::string> encoded = text(dataField.c_str());
    if (!encoded) return fail(encoded.error());
    Result<std::string> decoded = decodeBase64(*encoded);
    if (!decoded) return fail(wrong(dataField, decoded.error().message()));
    both.text = *std::move(decoded);
    if (!both.text.empty()) both.file.clear();
    return both;
  }
};

Result<std::vector<File>> readFiles(const std::vector<std::string>& paths) {
  std::vector<File> files;
  for (const std::string& path : paths) {
    std::error_code ignored;
    if (!fs::exists(path, ignored)) continue;
    File file{.path = path};
    try {
      file.root = YAML::LoadFile(path);
    } catch (const YAML::BadFile&) {
      return fail(ErrorCode::Invalid, "kubeconfig {}: cannot be read; check its permissions", path);
    } catch (const YAML::Exception& e) {
      // Not e.what(): some of its messages quote the text.
      return fail(ErrorCode::Invalid, "kubeconfig {}: line {}: not valid YAML", path, e.mark.line + 1);
    }
    if (file.root.IsNull()) continue;
    if (!file.root.IsMap()) return fail(ErrorCode::Invalid, "kubeconfig {}: must be a mapping", path);
    files.push_back(std::move(file));
  }
  if (files.empty()) {
    return fail(ErrorCode::NotFound, "no kubeconfig: none of [{}] exists; set $KUBECONFIG or give one by flag",
                fmt::join(paths, ", "));
  }
  return files;
}

/// Entry `name` of the list `list` ("clusters"), its mapping under `key` ("cluster").
Result<Place> findEntry(const std::vector<File>& files, const char* list, const char* key, const std::string& name,
                        const Place& askedBy) {
  for (const File& file : files) {
    const YAML::Node entries = file.root[list];
    if (!entries.IsDefined() || entries.IsNull()) continue;
    if (!entries.IsSequence()) return fail(ErrorCode::Invalid, "kubeconfig {}: {}: must be a list", file.path, list);
    for (const YAML::Node& entry : entries) {
      if (!entry.IsMap() || !entry["name"].IsDefined() || !entry["name"].IsScalar() || entry["name"].Scalar() != name) {
        continue;
      }
      Place place{.path = file.path, .name = fmt::format("{}[{}]", list, name), .node = entry[key]};
      if (!place.node.IsDefined() || place.node.IsNull()) place.node = YAML::Node(YAML::NodeType::Map);
      if (!place.node.IsMap()) return fail(place.wrong("", fmt::format("\"{}\" must be a mapping", key)));
      return place;
    }
  }
  return fail(askedBy.wrong(askedBy.name.empty() ? "current-context" : key, fmt::format("there is no {}[{}]", list, name)));
}

Result<Place> findContext(const std::vector<File>& files, std::string_view wanted) {
  if (!wanted.empty()) {
    return findEntry(files, "contexts", "context", std::string(wanted), {.path = files.front().path, .name = "", .node = {}});
  }
  for (const File& file : files) {
    const Place top{.path = file.path, .name = "", .node = file.root};
    const Result<std::string> current = top.text("current-context");
    if (!current) return fail(current.error());
    if (!current->empty()) return findEntry(files, "contexts", "context", *current, top);
  }
  return fail(ErrorCode::Invalid, "kubeconfig {}: current-context: not set; choose one by kubectl config use-context",
              files.front().path);
}

Result<void> readCluster(const Place& cluster, Access& access) {
  const Result<std::string> server = cluster.text("server");
  if (!server) return fail(server.error());
  if (server->empty()) return fail(cluster.wrong("server", "not set; write https://HOST:PORT"));
  Result<http::Url> url = http::parseUrl(*server);
  if (!url) return fail(cluster.wrong("server", url.error().message()));
  access.server = *std::move(url);

  const Result<FileOrText> ca = cluster.fileOrText("certificate-authority");
  if (!ca) return fail(ca.error());
  access.certificateAuthority = *ca;
  const Result<bool> insecure = cluster.flag("insecure-skip-tls-verify");
  if (!insecure) return fail(insecure.error());
  access.insecureSkipTlsVerify = *insecure;
  if (*insecure && !ca->empty()) {
    return fail(cluster.wrong("insecure-skip-tls-verify", "cannot be true beside a certificate-authority; remove one"));
  }
  const Result<std::string> name = cluster.text("tls-server-name");
  if (!name) return fail(name.error());
  access.tlsServerName = *name;

  const Result<std::string> proxy = cluster.text("proxy-url");
  if (!proxy) return fail(proxy.error());
  if (!proxy->empty()) {
    Result<http::Url> proxyUrl = http::parseUrl(*proxy);
    if (!proxyUrl) return fail(cluster.wrong("proxy-url", proxyUrl.error().message()));
    if (proxyUrl->scheme != "http") return fail(cluster.wrong("proxy-url", "only http:// proxies are supported"));
    access.proxy = *std::move(proxyUrl);
  }
  return {};
}

Result<ExecPlugin> readExec(const Place& exec) {
  ExecPlugin plugin;
  for (const auto& [field, target] : {std::pair{"apiVersion", &plugin.apiVersion},
                                      std::pair{"command", &plugin.command},
                                      std::pair{"installHint", &plugin.installHint}}) {
    Result<std::string> value = exec.text(field);
    if (!value) return fail(value.error());
    *target = *std::move(value);
  }
  if (plugin.command.empty()) return fail(exec.wrong("command", "not set"));
  if (plugin.command.find('/') != std::string::npos) plugin.command = fs::path(exec.path).parent_path() / plugin.command;
  if (plugin.apiVersion != "client.authentication.k8s.io/v1" &&
      plugin.apiVersion != "client.authentication.k8s.io/v1beta1") {
    return fail(exec.wrong("apiVersion", fmt::format("\"{}\" is not supported; update the plugin to "
                                                     "client.authentication.k8s.io/v1", plugin.apiVersion)));
  }
  Result<std::vector<std::string>> args = exec.texts("args");
  if (!args) return fail(args.error());
  plugin.args = *std::move(args);
  if (exec.has("env")) {
    if (!exec.node["env"].IsSequence()) return fail(exec.wrong("env", "must be a list of {name, value}"));
    for (const YAML::Node& variable : exec.node["env"]) {
      if (!variable.IsMap() || !variable["name"].IsDefined() || !variable["name"].IsScalar() ||
          !variable["value"].IsDefined() || !variable["value"].IsScalar()) {
        return fail(exec.wrong("env", "must be a list of {name, value}"));
      }
      plugin.env.emplace_back(variable["name"].Scalar(), variable["value"].Scalar());
    }
  }
  const Result<bool> clusterInfo = exec.flag("provideClusterInfo");
  if (!clusterInfo) return fail(clusterInfo.error());
  plugin.provideClusterInfo = *clusterInfo;
  const Result<std::string> interactive = exec.text("interactiveMode");
  if (!interactive) return fail(interactive.error());
  if (*interactive == "Always") {
    return fail(exec.wrong("interactiveMode", "\"Always\" needs a person; an operator has none"));
  }
  return plugin;
}

Result<void> readUser(const Place& user, Access& access) {
  if (user.has("username") || user.has("password")) {
    return fail(user.wrong("username", "passwords are not supported (no API server takes them since 1.19); use a token "
                                       "or a client certificate"));
  }
  if (user.has("auth-provider")) {
    return fail(user.wrong("auth-provider", "not supported (removed from Kubernetes in 1.26); use exec"));
  }
  const Result<FileOrText> certificate = user.fileOrText("client-certificate");
  if (!certificate) return fail(certificate.error());
  const Result<FileOrText> key = user.fileOrText("client-key");
  if (!key) return fail(key.error());
  if (certificate->empty() != key->empty()) {
    return fail(user.wrong(certificate->empty() ? "client-certificate" : "client-key",
                           "not set; a client certificate and its key belong together"));
  }
  access.clientCertificate = *certificate;
  access.clientKey = *key;

  Result<std::string> token = user.text("token");
  if (!token) return fail(token.error());
  access.token = *std::move(token);
  Result<std::string> tokenFile = user.file("tokenFile");
  if (!tokenFile) return fail(tokenFile.error());
  access.tokenFile = *std::move(tokenFile);

  if (user.has("exec")) {
    const Place exec{.path = user.path, .name = user.name + ".exec", .node = user.node["exec"]};
    if (!exec.node.IsMap()) return fail(exec.wrong("", "must be a mapping"));
    Result<ExecPlugin> plugin = readExec(exec);
    if (!plugin) return fail(plugin.error());
    access.exec = *std::move(plugin);
  }

  Result<std::string> as = user.text("as");
  if (!as) return fail(as.error());
  access.impersonateUser = *std::move(as);
  Result<std::vector<std::string>> groups = user.texts("as-groups");
  if (!groups) return fail(groups.error());
  access.impersonateGroups = *std::move(groups);
  for (const char* field : {"as-uid", "as-user-extra"}) {
    if (user.has(field)) return fail(user.wrong(field, "not supported"));
  }
  return {};
}

Result<Access> readContext(const std::vector<File>& files, std::string_view wanted) {
  const Result<Place> context = findContext(files, wanted);
  if (!context) return fail(context.error());
  Access access;
  const Result<std::string> space = context->text("namespace");
  if (!space) return fail(space.error());
  if (!space->empty()) access.defaultNamespace = *space;

  const Result<std::string> clusterName = context->text("cluster");
  if (!clusterName) return fail(clusterName.error());
  const Result<Place> cluster = findEntry(files, "clusters", "cluster", *clusterName, *context);
  if (!cluster) return fail(cluster.error());
  if (const Result<void> read = readCluster(*cluster, access); !read) return fail(read.error());

  const Result<std::string> userName = context->text("user");
  if (!userName) return fail(userName.error());
  if (userName->empty()) return access;
  const Result<Place> user = findEntry(files, "users", "user", *userName, *context);
  if (!user) return fail(user.error());
  if (const Result<void> read = readUser(*user, access); !read) return fail(read.error());
  return access;
}

}  // namespace

std::optional<std::string> processEnvironment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

std::vector<std::string> kubeconfigFiles(std::string_view flag, const Environment& environment) {
  if (!flag.empty()) return {std::string(flag)};
  std::vector<std::string> files;
  std::string_view rest;
  const std::string list = environment("KUBECONFIG").value_or("");
  for (rest = list; !rest.empty();) {
    const auto colon = rest.find(':');
    if (const std::string_view one = rest.substr(0, colon); !one.empty()) files.emplace_back(one);
    rest = colon == std::string_view::npos ? std::string_view{} : rest.substr(colon + 1);
  }
  if (files.empty()) files.push_back(environment("HOME").value_or("") + "/.kube/config");
  return files;
}

Result<Access> loadKubeconfig(const std::vector<std::string>& files, std::string_view context) {
  const Result<std::vector<File>> read = readFiles(files);
  if (!read) return fail(read.error());
  try {
    return readContext(*read, context);
  } catch (const YAML::Exception& e) {
    return fail(ErrorCode::Invalid, "kubeconfig {}: line {}: an unexpected kind of value", fmt::join(files, ":"),
                e.mark.line + 1);
  }
}

}  // namespace tidewright::kube

#include "operator/kube/kubeconfig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "operator/kube/in_cluster.h"
#include "tests/unit/kube/temporary_folder.h"

namespace tidewright::kube {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kWhole = R"(
apiVersion: v1
kind: Config
current-context: prod
contexts:
- name: prod
  context: {cluster: c, user: u, namespace: shop}
- name: other
  context: {cluster: c, user: tokens}
clusters:
- name: c
  cluster:
    server: https://10.0.0.1:6443/prefix/
    certificate-authority: pki/ca.crt
    tls-server-name: kubernetes.default
    proxy-url: http://me:pw@proxy:3128
users:
- name: u
  user: {client-certificate: me.crt, client-key-data: a2V5}
- name: tokens
  user: {token: s3cret, tokenFile: /run/token, as: jane, as-groups: [devs]}
)";

TEST(Kubeconfig, ReadsTheCurrentContext) {
  const TemporaryFolder folder;
  const Result<Access> access = loadKubeconfig({folder.write("config", kWhole)});
  ASSERT_TRUE(access) << access.error().message();
  EXPECT_EQ(access->server.toString(), "https://10.0.0.1:6443/prefix");
  EXPECT_EQ(access->certificateAuthority.file, folder.path("pki/ca.crt"));
  EXPECT_EQ(access->tlsServerName, "kubernetes.default");
  ASSERT_TRUE(access->proxy);
  EXPECT_EQ(access->proxy->user, "me");
  EXPECT_EQ(access->clientCertificate.file, folder.path("me.crt"));
  EXPECT_EQ(access->clientKey.text, "key");
  EXPECT_EQ(access->clientKey.file, "");
  EXPECT_EQ(access->defaultNamespace, "shop");
  EXPECT_FALSE(access->insecureSkipTlsVerify);
}

TEST(Kubeconfig, ReadsAContextByName) {
  const TemporaryFolder folder;
  const Result<Access> access = loadKubeconfig({folder.write("config", kWhole)}, "other");
  ASSERT_TRUE(access) << access.error().message();
  EXPECT_EQ(access->token, "s3cret");
  EXPECT_EQ(access->tokenFile, "/run/token");
  EXPECT_EQ(access->impersonateUser, "jane");
  EXPECT_THAT(access->impersonateGroups, ElementsAre("devs"));
  EXPECT_EQ(access->defaultNamespace, "default");
}

TEST(Kubeconfig, OfSeveralFilesTheFirstEntryOfANameCounts) {
  const TemporaryFolder folder;
  const std::string first = folder.write("a/config", R"(
contexts: [{name: x, context: {cluster: c}}]
clusters: [{name: c, cluster: {server: "https://first", certificate-authority: ca.crt}}]
)");
  const std::string second = folder.write("b/config", R"(
current-context: x
contexts: [{name: x, context: {cluster: d}}]
clusters: [{name: c, cluster: {server: "https://second"}}, {name: d, cluster: {server: "https://d"}}]
)");
  const Result<Access> access = loadKubeconfig({folder.path("missing"), first, second});
  ASSERT_TRUE(access) << access.error().message();
  EXPECT_EQ(access->server.host, "first");
  EXPECT_EQ(access->certificateAuthority.file, folder.path("a/ca.crt"));
}

TEST(Kubeconfig, ReadsExecPlugins) {
  const TemporaryFolder folder;
  const Result<Access> access = loadKubeconfig({folder.write("config", R"(
current-context: x
contexts: [{name: x, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: {server: "https://h"}}]
users:
- name: u
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: bin/login
      args: [--region, eu]
      env: [{name: PROFILE, value: p}]
      installHint: get it
      provideClusterInfo: true
      interactiveMode: IfAvailable
)")});
  ASSERT_TRUE(access) << access.error().message();
  ASSERT_TRUE(access->exec);
  EXPECT_EQ(access->exec->command, folder.path("bin/login"));
  EXPECT_THAT(access->exec->args, ElementsAre("--region", "eu"));
  EXPECT_THAT(access->exec->env, ElementsAre(std::pair(std::string("PROFILE"), std::string("p"))));
  EXPECT_TRUE(access->exec->provideClusterInfo);
}

struct Case {
  const char* name;
  const char* cluster;
  const char* user;
  const char* want;
};
class BadKubeconfig : public testing::TestWithParam<Case> {};
TEST_P(BadKubeconfig, NamesFileEntryAndFieldAndNoSecret) {
  const TemporaryFolder folder;
  const std::string path = folder.write(
      "config", fmt::format("current-context: x\n"
                            "contexts: [{{name: x, context: {{cluster: c, user: u}}}}]\n"
                            "clusters: [{{name: c, cluster: {}}}]\n"
                            "users: [{{name: u, user: {}}}]\n",
                            GetParam().cluster, GetParam().user));
  const Result<Access> access = loadKubeconfig({path});
  ASSERT_FALSE(access);
  EXPECT_EQ(access.error().code(), ErrorCode::Invalid);
  EXPECT_THAT(access.error().message(),
              AllOf(HasSubstr("kubeconfig " + path + ": "), HasSubstr(GetParam().want), Not(HasSubstr("s3cret"))));
}
constexpr const char* kGood = "{server: 'https://h'}";
INSTANTIATE_TEST_SUITE_P(
    Cases, BadKubeconfig,
    testing::Values(
        Case{"NoServer", "{}", "{}", "clusters[c].server: not set"},
        Case{"NoScheme", "{server: '10.0.0.1:6443'}", "{}", "clusters[c].server: \"10.0.0.1:6443\" has no scheme; write https://10.0.0.1:6443"},
        Case{"ServerIsAList", "{server: [1]}", "{}", "clusters[c].server: must be text"},
        Case{"ClusterIsText", "s3cret", "{}", "clusters[c]: \"cluster\" must be a mapping"},
        Case{"InsecureIsText", "{server: 'https://h', insecure-skip-tls-verify: maybe}", "{}", "clusters[c].insecure-skip-tls-verify: must be true or false"},
        Case{"InsecureAndCa", "{server: 'https://h', insecure-skip-tls-verify: true, certificate-authority: x}", "{}", "remove one"},
        Case{"CaData", "{server: 'https://h', certificate-authority-data: 's3cret!'}", "{}", "clusters[c].certificate-authority-data: not valid base64"},
        Case{"Socks", "{server: 'https://h', proxy-url: 'socks5://s3cret@p'}", "{}", "clusters[c].proxy-url"},
        Case{"CertificateWithoutKey", kGood, "{client-certificate: x}", "users[u].client-key: not set"},
        Case{"KeyWithoutCertificate", kGood, "{client-key-data: czNjcmV0}", "users[u].client-certificate: not set"},
        Case{"Password", kGood, "{username: me, password: s3cret}", "users[u].username: passwords are not supported"},
        Case{"AuthProvider", kGood, "{auth-provider: {name: gcp, config: {access-token: s3cret}}}", "use exec"},
        Case{"TokenIsAMap", kGood, "{token: {a: s3cret}}", "users[u].token: must be text"},
        Case{"ExecWithoutCommand", kGood, "{exec: {apiVersion: client.authentication.k8s.io/v1}}", "users[u].exec.command: not set"},
        Case{"ExecTooOld", kGood, "{exec: {apiVersion: client.authentication.k8s.io/v1alpha1, command: x}}", "users[u].exec.apiVersion"},
        Case{"ExecNeedsAPerson", kGood, "{exec: {apiVersion: client.authentication.k8s.io/v1, command: x, interactiveMode: Always}}", "interactiveMode"},
        Case{"ExecEnv", kGood, "{exec: {apiVersion: client.authentication.k8s.io/v1, command: x, env: {TOKEN: s3cret}}}", "users[u].exec.env"},
        Case{"BrokenYaml", "{server: 'https://h'", "{token: s3cret}", "not valid YAML"}),
    [](const auto& c) { return c.param.name; });

TEST(Kubeconfig, MissingReferencesAreNamed) {
  const TemporaryFolder folder;
  const auto messageFor = [&](const char* text, const char* context = "") {
    const Result<Access> access = loadKubeconfig({folder.write("config", text)}, context);
    return access ? "fine" : access.error().message();
  };
  EXPECT_THAT(messageFor("contexts: []"), HasSubstr("current-context: not set"));
  EXPECT_THAT(messageFor("current-context: x"), HasSubstr("current-context: there is no contexts[x]"));
  EXPECT_THAT(messageFor("contexts: []", "y"), HasSubstr("there is no contexts[y]"));
  EXPECT_THAT(messageFor("current-context: x\ncontexts: [{name: x, context: {cluster: c}}]"),
              HasSubstr("contexts[x].cluster: there is no clusters[c]"));
  EXPECT_THAT(messageFor("current-context: x\ncontexts: [{name: x, context: {cluster: c, user: u}}]\n"
                         "clusters: [{name: c, cluster: {server: 'https://h'}}]"),
              HasSubstr("contexts[x].user: there is no users[u]"));
  EXPECT_THAT(messageFor("just text"), HasSubstr("must be a mapping"));
  EXPECT_THAT(messageFor("current-context: x\ncontexts: {a: b}"), HasSubstr("contexts: must be a list"));
}

TEST(Kubeconfig, NoFileAtAllIsNotFound) {
  const Result<Access> access = loadKubeconfig({"/no/such/a", "/no/such/b"});
  ASSERT_FALSE(access);
  EXPECT_EQ(access.error().code(), ErrorCode::NotFound);
  EXPECT_THAT(access.error().message(), HasSubstr("[/no/such/a, /no/such/b]"));
}

TEST(KubeconfigFiles, FlagThenVariableThenHome) {
  std::map<std::string, std::string> variables{{"HOME", "/home/me"}};
  const Environment environment = [&](const std::string& name) -> std::optional<std::string> {
    return variables.contains(name) ? std::optional(variables[name]) : std::nullopt;
  };
  EXPECT_THAT(kubeconfigFiles("", environment), ElementsAre("/home/me/.kube/config"));
  variables["KUBECONFIG"] = "/a::/b:";
  EXPECT_THAT(kubeconfigFiles("", environment), ElementsAre("/a", "/b"));
  EXPECT_THAT(kubeconfigFiles("/c", environment), ElementsAre("/c"));
}

TEST(InCluster, ReadsThePodsSurroundings) {
  const TemporaryFolder folder;
  folder.write("token", "t");
  folder.write("namespace", "shop\n");
  const Environment environment = [](const std::string& name) -> std::optional<std::string> {
    return name == "KUBERNETES_SERVICE_HOST" ? "fd00::1" : name == "KUBERNETES_SERVICE_PORT" ? "443" : "";
  };
  const Result<Access> early = inClusterAccess(environment, folder.path());
  ASSERT_FALSE(early);
  EXPECT_THAT(early.error().message(), HasSubstr("ca.crt is missing"));
  folder.write("ca.crt", "pem");
  const Result<Access> access = inClusterAccess(environment, folder.path());
  ASSERT_TRUE(access) << access.error().message();
  EXPECT_EQ(access->server.toString(), "https://kubernetes.default.svc:443") << "instead of the IPv6 address";
  EXPECT_EQ(access->defaultNamespace, "shop");
  EXPECT_EQ(access->tokenFile, folder.path() + "/token");

  const Result<Access> outside = inClusterAccess([](const std::string&) { return std::nullopt; }, folder.path());
  ASSERT_FALSE(outside);
  EXPECT_EQ(outside.error().code(), ErrorCode::NotFound);
}

}  // namespace
}  // namespace tidewright::kube

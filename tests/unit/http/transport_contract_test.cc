// What every Transport must do, against a real server on the loopback interface. A second transport is one more line
// at the end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <future>
#include <thread>

#include "operator/http/make_transport.h"
#include "tests/unit/http/loopback_server.h"
#include "tests/unit/http/test_certificates.h"

namespace tidewright::http {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

using MakeTransport = Result<std::unique_ptr<Transport>> (*)(TransportOptions options);

struct CollectingSink final : ByteSink {
  Result<void> write(std::string_view bytes) override {
    text += bytes;
    ++writes;
    writer = std::this_thread::get_id();
    return onWrite ? onWrite() : Result<void>();
  }
  std::string text;
  int writes = 0;
  std::thread::id writer;
  std::function<Result<void>()> onWrite;
};

class TransportContract : public testing::TestWithParam<MakeTransport> {
 protected:
  std::unique_ptr<Transport> connect(TransportOptions options) {
    Result<std::unique_ptr<Transport>> transport = GetParam()(std::move(options));
    EXPECT_TRUE(transport) << transport.error().message();
    return std::move(transport).value();
  }
  std::unique_ptr<Transport> plain(const LoopbackServer& server, std::string path = "") {
    return connect({.server = Url{.scheme = "http", .host = "127.0.0.1", .port = server.port(), .path = path}});
  }
  std::unique_ptr<Transport> secure(const LoopbackServer& server, Tls tls, std::string host = "127.0.0.1") {
    return connect({.server = Url{.scheme = "https", .host = host, .port = server.port()}, .tls = std::move(tls)});
  }

  const std::stop_token never_;
};

std::string messageOf(const Result<Response>& result) { return result ? "an answer" : result.error().message(); }

TEST_P(TransportContract, BringsStatusHeadersAndBody) {
  LoopbackServer server([](const Request&, Connection& c) { return c.write(answer(418, "short", "X-Odd: Yes\r\n")); });
  const Result<Response> got = plain(server)->send({}, never_);
  ASSERT_TRUE(got) << messageOf(got);
  EXPECT_EQ(got->status, 418);
  EXPECT_EQ(got->header("x-ODD"), "Yes");
  EXPECT_EQ(got->body, "short");
}

TEST_P(TransportContract, SendsMethodTargetHeadersAndBodyUntouched) {
  Request seen;
  LoopbackServer server([&](const Request& request, Connection& c) {
    seen = request;
    return c.write(answer(200, ""));
  });
  const Request request{.method = "PATCH",
                        .target = "/api/v1/x%2Fy?fieldManager=a%26b&labelSelector=a%3Db%2Cc",
                        .headers = {{"Content-Type", "application/apply-patch+yaml"}, {"X-One", "1"}},
                        .body = std::string("{\"a\":\"\xc3\xa4\"}\0!", 11)};
  ASSERT_TRUE(plain(server, "/prefix")->send(request, never_));
  EXPECT_EQ(seen.method, "PATCH");
  EXPECT_EQ(seen.target, "/prefix" + request.target);
  EXPECT_EQ(seen.body, request.body);
  const Response headers{.headers = seen.headers};
  EXPECT_EQ(headers.header("Content-Type"), "application/apply-patch+yaml");
  EXPECT_EQ(headers.header("X-One"), "1");
}

TEST_P(TransportContract, EmptyBodiesNeedNoWaiting) {
  LoopbackServer server([](const Request& request, Connection& c) {
    return c.write(request.method == "DELETE" ? std::string("HTTP/1.1 204 No Content\r\n\r\n") : answer(200, ""));
  });
  const auto transport = plain(server);
  for (const char* method : {"GET", "POST", "PUT", "DELETE"}) {
    const Result<Response> got = transport->send({.method = method}, never_);
    ASSERT_TRUE(got) << method << ": " << messageOf(got);
    EXPECT_EQ(got->body, "");
  }
}

TEST_P(TransportContract, BodiesOfSeveralMegabytesBothWays) {
  LoopbackServer server([](const Request& request, Connection& c) { return c.write(answer(200, request.body)); });
  std::string body;
  for (int i = 0; body.size() < 6'000'000; ++i) body += std::to_string(i);
  const Result<Response> got = plain(server)->send({.method = "POST", .body = body}, never_);
  ASSERT_TRUE(got) << messageOf(got);
  EXPECT_EQ(got->body, body);
}

TEST_P(TransportContract, OneByteChunksArriveWhole) {
  const std::string text(300, 'x');
  LoopbackServer server([&](const Request&, Connection& c) {
    c.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (const char byte : text) c.write(chunk({&byte, 1}));
    return c.write(chunk(""));
  });
  const auto transport = plain(server);
  CollectingSink sink;
  const Result<Response> streamed = transport->stream({}, sink, never_);
  ASSERT_TRUE(streamed) << messageOf(streamed);
  EXPECT_EQ(sink.text, text);
  EXPECT_EQ(streamed->body, "");
  EXPECT_EQ(sink.writer, std::this_thread::get_id()) << "a slow sink must not hold up the library's threads";
  const Result<Response> sent = transport->send({}, never_);
  ASSERT_TRUE(sent) << messageOf(sent);
  EXPECT_EQ(sent->body, text);
}

TEST_P(TransportContract, BytesReachTheSinkBeforeTheStreamEnds) {
  std::promise<void> gotFirst;
  LoopbackServer server([&](const Request&, Connection& c) {
    c.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk("first"));
    gotFirst.get_future().wait();
    return c.write(chunk("second") + chunk(""));
  });
  CollectingSink sink;
  sink.onWrite = [&, first = true]() mutable -> Result<void> {
    if (std::exchange(first, false)) gotFirst.set_value();
    return {};
  };
  const Result<Response> got = plain(server)->stream({.timeout = 5s}, sink, never_);
  ASSERT_TRUE(got) << messageOf(got);
  EXPECT_EQ(sink.text, "firstsecond");
}

TEST_P(TransportContract, AnErrorStatusComesBackWholeAndSparesTheSink) {
  LoopbackServer server([](const Request&, Connection& c) { return c.write(answer(410, "too old")); });
  CollectingSink sink;
  const Result<Response> got = plain(server)->stream({}, sink, never_);
  ASSERT_TRUE(got) << messageOf(got);
  EXPECT_EQ(got->status, 410);
  EXPECT_EQ(got->body, "too old");
  EXPECT_EQ(sink.writes, 0);
}

TEST_P(TransportContract, ASlowSinkHoldsUpTheServerAndOnlyThatStream) {
  std::atomic<std::size_t> written = 0;
  constexpr std::size_t kAll = 64U << 20U;
  LoopbackServer server([&](const Request& request, Connection& c) {
    if (request.target == "/short") return c.write(answer(200, "quick"));
    c.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    const std::string block = chunk(std::string(64 * 1024, 'b'));
    while (written < kAll && c.write(block)) written += 64 * 1024;
    return c.write(chunk(""));
  });
  const auto transport = plain(server);
  CollectingSink sink;
  std::size_t received = 0;
  sink.onWrite = [&, asked = false]() mutable -> Result<void> {
    received += std::exchange(sink.text, {}).size();
    if (!std::exchange(asked, true)) {
      for (int i = 0; i < 4; ++i) {
        const Result<Response> quick = transport->send({.target = "/short", .timeout = 5s}, {});
        EXPECT_TRUE(quick) << messageOf(quick);
      }
      EXPECT_LT(written, kAll) << "the server should have been held up";
    }
    return {};
  };
  const Result<Response> got = transport->stream({}, sink, never_);
  ASSERT_TRUE(got) << messageOf(got);
  EXPECT_EQ(received, kAll);
}

TEST_P(TransportContract, TheSinksErrorEndsTheStream) {
  LoopbackServer server([](const Request&, Connection& c) {
    c.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk("x"));
    c.waitForClose();
    return false;
  });
  CollectingSink sink;
  sink.onWrite = []() -> Result<void> { return fail(ErrorCode::Invalid, "line too long"); };
  const Result<Response> got = plain(server)->stream({}, sink, never_);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error(), Error(ErrorCode::Invalid, "line too long"));
}

TEST_P(TransportContract, ASilentServerIsATimeout) {
  LoopbackServer server([](const Request& request, Connection& c) {
    if (request.target == "/later") c.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk("x"));
    c.waitForClose();
    return false;
  });
  const auto transport = plain(server);
  CollectingSink sink;
  for (const char* target : {"/at-once", "/later"}) {
    const Result<Response> got = transport->stream({.target = target, .timeout = 400ms}, sink, never_);
    ASSERT_FALSE(got) << target;
    EXPECT_EQ(got.error().code(), ErrorCode::Timeout) << messageOf(got);
    EXPECT_THAT(got.error().message(), AllOf(HasSubstr("http://127.0.0.1:"), HasSubstr("0.4 s")));
  }
  EXPECT_EQ(sink.text, "x");
}

TEST_P(TransportContract, TheTimeoutIsOfSilenceNotOfTheWhole) {
  std::promise<void> end;
  LoopbackServer server([&](const Request&, Connection& c) {
    c.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    // The pace is real time's by nature: what is tested is a timer.
    for (int i = 0; i < 20 && c.write(chunk("x")); ++i) std::this_thread::sleep_for(25ms);
    return c.write(chunk(""));
  });
  CollectingSink sink;
  const Result<Response> got = plain(server)->stream({.timeout = 300ms}, sink, never_);
  ASSERT_TRUE(got) << messageOf(got);
  EXPECT_EQ(sink.text.size(), 20U);
}

TEST_P(TransportContract, TheTotalTimeIsOfTheWholeHoweverBusyTheServer) {
  LoopbackServer server([&](const Request& request, Connection& c) {
    if (request.target == "/silent") c.waitForClose();
    c.write(
        fmt::format("HTTP/1.1 {} OK\r\nTransfer-Encoding: chunked\r\n\r\n", request.target == "/error" ? 500 : 200));
    while (c.write(chunk("x"))) std::this_thread::sleep_for(5ms);
    return false;
  });
  const auto transport = plain(server);
  for (const char* target : {"/busy", "/error", "/silent"}) {
    const Result<Response> got = transport->send({.target = target, .total = 100ms}, never_);
    ASSERT_FALSE(got) << target;
    EXPECT_EQ(got.error().code(), ErrorCode::Timeout) << messageOf(got);
    EXPECT_THAT(got.error().message(), HasSubstr("no whole answer within 0.1 s"));
  }
}

TEST_P(TransportContract, ABodyLargerThanAskedForIsRefusedBeforeItIsWhole) {
  LoopbackServer server([&](const Request& request, Connection& c) {
    if (request.target == "/fits") return c.write(answer(200, std::string(1000, 'x')));
    c.write(
        fmt::format("HTTP/1.1 {} OK\r\nTransfer-Encoding: chunked\r\n\r\n", request.target == "/error" ? 500 : 200));
    if (request.target == "/stalls") return c.write(chunk(std::string(1000, 'x')));
    while (c.write(chunk(std::string(100, 'x')))) {
    }
    return false;
  });
  const auto transport = plain(server);
  EXPECT_TRUE(transport->send({.target = "/fits", .largestBody = 1000}, never_));
  CollectingSink sink;
  const auto began = std::chrono::steady_clock::now();
  for (const char* target : {"/endless", "/error", "/stalls"}) {
    const Result<Response> got = transport->send({.target = target, .largestBody = 999}, never_);
    ASSERT_FALSE(got) << target;
    EXPECT_EQ(got.error().code(), ErrorCode::Invalid);
    EXPECT_THAT(got.error().message(), HasSubstr("more than 999 bytes"));
    EXPECT_FALSE(transport->stream({.target = target, .largestBody = 999}, sink, never_));
  }
  EXPECT_LT(std::chrono::steady_clock::now() - began, Request().timeout) << "nobody waited for the end";
}

TEST_P(TransportContract, ACutConnectionIsUnavailable) {
  LoopbackServer server([](const Request& request, Connection& c) {
    if (request.target == "/head") c.write("HTTP/1.1 200 OK\r\nContent-");
    if (request.target == "/length") c.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345");
    if (request.target == "/chunk") c.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk("x"));
    return false;
  });
  const auto transport = plain(server);
  for (const char* target : {"/nothing", "/head", "/length", "/chunk"}) {
    const Result<Response> got = transport->send({.target = target}, never_);
    ASSERT_FALSE(got) << target;
    EXPECT_EQ(got.error().code(), ErrorCode::Unavailable) << messageOf(got);
    EXPECT_THAT(got.error().message(), HasSubstr("http://127.0.0.1:"));
  }
}

TEST_P(TransportContract, AStopReturnsAtOnceWhileWaitingAndWhileStreaming) {
  std::atomic<int> closed = 0;
  std::stop_source stop;
  LoopbackServer server([&](const Request& request, Connection& c) {
    if (request.target == "/stream") c.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk("x"));
    if (request.target == "/wait") stop.request_stop();
    c.waitForClose();
    ++closed;
    closed.notify_all();
    return false;
  });
  const auto transport = plain(server);
  Result<Response> got = transport->send({.target = "/wait"}, stop.get_token());
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code(), ErrorCode::Cancelled) << messageOf(got);

  stop = std::stop_source();
  CollectingSink sink;
  sink.onWrite = [&]() -> Result<void> {
    stop.request_stop();
    return {};
  };
  got = transport->stream({.target = "/stream"}, sink, stop.get_token());
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code(), ErrorCode::Cancelled) << messageOf(got);
  // And the server sees the connections go, too.
  for (int seen = closed; seen < 2; seen = closed) closed.wait(seen);

  got = transport->send({}, stop.get_token());
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code(), ErrorCode::Cancelled) << "stopped before it began";
}

TEST_P(TransportContract, ManyCancelledRequestsLeaveTheTransportUsable) {
  std::atomic<bool> quick = false;
  LoopbackServer server([&](const Request&, Connection& c) {
    if (quick) return c.write(answer(200, "fine"));
    c.waitForClose();
    return false;
  });
  const auto transport = plain(server);
  for (int i = 0; i < 30; ++i) {
    std::stop_source stop;
    std::jthread stopper([&] { stop.request_stop(); });
    EXPECT_FALSE(transport->send({}, stop.get_token()));
  }
  quick = true;
  const Result<Response> got = transport->send({}, never_);
  ASSERT_TRUE(got) << messageOf(got);
}

TEST_P(TransportContract, RedirectsAreNotFollowed) {
  LoopbackServer server([](const Request&, Connection& c) {
    return c.write(answer(302, "", "Location: http://127.0.0.1:1/stolen\r\n"));
  });
  const Result<Response> got = plain(server)->send({.headers = {{"Authorization", "Bearer s3cret"}}}, never_);
  ASSERT_TRUE(got) << messageOf(got);
  EXPECT_EQ(got->status, 302);
}

TEST_P(TransportContract, ConnectionsAreKeptAndReused) {
  LoopbackServer server([](const Request&, Connection& c) { return c.write(answer(200, "x")); });
  const auto transport = plain(server);
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(transport->send({.timeout = std::chrono::seconds(i + 1)}, never_));
  EXPECT_LE(server.connections(), 2);
}

TEST_P(TransportContract, AKeptConnectionThatTheServerClosedIsReplaced) {
  // Whether the answer or the closing is seen first is a race; both must end in an answer.
  LoopbackServer server([](const Request&, Connection& c) {
    c.write(answer(200, "x"));
    return false;
  });
  const auto transport = plain(server);
  for (int i = 0; i < 10; ++i) {
    const Result<Response> got = transport->send({.method = "POST", .body = "again"}, never_);
    ASSERT_TRUE(got) << messageOf(got);
  }
}

TEST_P(TransportContract, ManyThreadsShareOne) {
  LoopbackServer server([](const Request& request, Connection& c) { return c.write(answer(200, request.target)); });
  const auto transport = plain(server);
  std::vector<std::jthread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) {
        const std::string target = fmt::format("/{}/{}", t, i);
        const Result<Response> got = transport->send({.target = target}, {});
        ASSERT_TRUE(got) << messageOf(got);
        EXPECT_EQ(got->body, target);
      }
    });
  }
}

TEST_P(TransportContract, NobodyListeningSaysSo) {
  std::uint16_t port = 0;
  {
    LoopbackServer gone([](const Request&, Connection&) { return false; });
    port = gone.port();
  }
  const auto transport = connect({.server = Url{.scheme = "http", .host = "127.0.0.1", .port = port}});
  const Result<Response> got = transport->send({.timeout = 5s}, never_);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code(), ErrorCode::Unavailable);
  EXPECT_THAT(got.error().message(), AllOf(HasSubstr(std::to_string(port)), HasSubstr("cannot connect")));
}

TEST_P(TransportContract, AnUnknownHostIsNamed) {
  const auto transport = connect({.server = Url{.scheme = "http", .host = "no-such-host.invalid", .port = 80}});
  const Result<Response> got = transport->send({.timeout = 20s}, never_);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code(), ErrorCode::Unavailable);
  EXPECT_THAT(got.error().message(), HasSubstr("unknown host \"no-such-host.invalid\""));
}

TEST_P(TransportContract, BadInputIsInvalidAndKeepsSecrets) {
  LoopbackServer server([](const Request&, Connection& c) { return c.write(answer(200, "")); });
  const auto transport = plain(server);
  const Result<Response> header = transport->send({.headers = {{"Authorization", "Bearer s3cret\r\nX: y"}}}, never_);
  ASSERT_FALSE(header);
  EXPECT_EQ(header.error().code(), ErrorCode::Invalid);
  EXPECT_THAT(header.error().message(), AllOf(HasSubstr("Authorization"), Not(HasSubstr("s3cret"))));
  const Result<Response> target = transport->send({.target = "/a b"}, never_);
  ASSERT_FALSE(target);
  EXPECT_EQ(target.error().code(), ErrorCode::Invalid) << messageOf(target);
}

TEST(CpprestTransport, SaysThatItCannotDoIpv6Addresses) {
  const auto transport = makeTransport({.server = Url{.scheme = "https", .host = "::1", .port = 6443}});
  ASSERT_FALSE(transport);
  EXPECT_EQ(transport.error().code(), ErrorCode::Invalid);
  EXPECT_THAT(transport.error().message(), AllOf(HasSubstr("https://[::1]:6443"), HasSubstr("host's name")));
}

class TlsContract : public TransportContract {
 protected:
  static const Identity& authority() {
    static const Identity made = makeAuthority("right");
    return made;
  }
  static const Identity& otherAuthority() {
    static const Identity made = makeAuthority("wrong");
    return made;
  }
  LoopbackServer::TlsOptions serverTls(const std::string& names, const std::string& clientAuthority = "") {
    const Identity identity = makeIdentity(authority(), "server", names);
    return {identity.certificate, identity.key, clientAuthority};
  }
  static bool sayHello(const Request&, Connection& c) { return c.write(answer(200, "hello " + c.serverName)); }
};

TEST_P(TlsContract, TheRightAuthorityIsTrusted) {
  LoopbackServer server(sayHello, serverTls("IP:127.0.0.1"));
  for (const std::string& bundle : {authority().certificate, otherAuthority().certificate + authority().certificate}) {
    const Result<Response> got = secure(server, {.ca = pemText(bundle)})->send({}, never_);
    ASSERT_TRUE(got) << messageOf(got);
    EXPECT_EQ(got->body, "hello ") << "no SNI for an address";
  }
}

TEST_P(TlsContract, TheWrongAuthorityIsRefusedWithAdvice) {
  LoopbackServer server(sayHello, serverTls("IP:127.0.0.1"));
  for (const PemSource& ca : {pemText(otherAuthority().certificate), PemSource()}) {
    const Result<Response> got = secure(server, {.ca = ca})->send({}, never_);
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code(), ErrorCode::Invalid);
    EXPECT_THAT(got.error().message(), AllOf(HasSubstr("https://127.0.0.1:"), HasSubstr("certificate verify failed"),
                                             HasSubstr("check certificate-authority")));
  }
  EXPECT_TRUE(
      secure(server, {.ca = pemText(otherAuthority().certificate), .insecureSkipVerify = true})->send({}, never_));
}

TEST_P(TlsContract, TheNameMustMatchAndCanBeGiven) {
  LoopbackServer server(sayHello, serverTls("DNS:api.example.test"));
  const Result<Response> wrong = secure(server, {.ca = pemText(authority().certificate)})->send({}, never_);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code(), ErrorCode::Invalid);
  EXPECT_THAT(wrong.error().message(), AllOf(HasSubstr("127.0.0.1"), HasSubstr("tls-server-name")));
  const Result<Response> right =
      secure(server, {.ca = pemText(authority().certificate), .serverName = "api.example.test"})->send({}, never_);
  ASSERT_TRUE(right) << messageOf(right);
  EXPECT_EQ(right->body, "hello api.example.test");
}

TEST_P(TlsContract, ClientCertificatesAreShownAndReReadPerConnection) {
  LoopbackServer server(
      [](const Request&, Connection& c) {
        c.write(answer(200, "x", "Connection: close\r\n"));
        return false;
      },
      serverTls("IP:127.0.0.1", authority().certificate));
  const Identity good = makeIdentity(authority(), "operator", "");
  const Identity stranger = makeIdentity(otherAuthority(), "operator", "");
  std::optional<ClientCertificate> shown;
  const auto transport =
      secure(server, {.ca = pemText(authority().certificate),
                      .clientCertificate = [&]() -> Result<std::optional<ClientCertificate>> { return shown; }});
  const Result<Response> none = transport->send({}, never_);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code(), ErrorCode::Unavailable) << messageOf(none);
  shown = ClientCertificate{good.certificate, good.key};
  const Result<Response> accepted = transport->send({}, never_);
  ASSERT_TRUE(accepted) << messageOf(accepted);
  shown = ClientCertificate{stranger.certificate, stranger.key};
  EXPECT_FALSE(transport->send({}, never_));
}

TEST_P(TlsContract, UnreadablePemNamesTheFieldAndNotTheContent) {
  LoopbackServer server(sayHello, serverTls("IP:127.0.0.1"));
  const Identity me = makeIdentity(authority(), "operator", "");
  struct Case {
    Tls tls;
    const char* field;
  };
  const auto showing = [](std::string certificate, std::string key) {
    return [=]() -> Result<std::optional<ClientCertificate>> { return ClientCertificate{certificate, key}; };
  };
  const Case cases[] = {
      {{.ca = pemText("s3cret")}, "certificate-authority: not a certificate"},
      {{.ca = pemFile("/no/such/ca.crt")}, "certificate-authority: cannot read /no/such/ca.crt"},
      {{.ca = {}, .clientCertificate = showing("s3cret", me.key)}, "client-certificate"},
      {{.ca = {}, .clientCertificate = showing(me.certificate, "s3cret")}, "client-key"},
      {{.ca = {}, .clientCertificate = showing(me.certificate, authority().key)}, "client-key"},
  };
  for (const Case& c : cases) {
    const Result<Response> got = secure(server, c.tls)->send({}, never_);
    ASSERT_FALSE(got) << c.field;
    EXPECT_EQ(got.error().code(), ErrorCode::Invalid);
    EXPECT_THAT(got.error().message(), AllOf(HasSubstr(c.field), Not(HasSubstr("s3cret"))));
  }
}

TEST_P(TlsContract, PlainTextWhereTlsIsExpectedIsExplained) {
  LoopbackServer server([](const Request&, Connection&) { return false; });
  const Result<Response> got = secure(server, {})->send({.timeout = 5s}, never_);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code(), ErrorCode::Unavailable);
  EXPECT_THAT(got.error().message(), HasSubstr("TLS"));
}

TEST_P(TlsContract, StreamsAndStopsOverTlsToo) {
  LoopbackServer server(
      [](const Request&, Connection& c) {
        c.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (int i = 0; i < 50; ++i) c.write(chunk(std::string(3000, 'y')));
        c.waitForClose();
        return false;
      },
      serverTls("IP:127.0.0.1"));
  std::stop_source stop;
  CollectingSink sink;
  sink.onWrite = [&]() -> Result<void> {
    if (sink.text.size() == 150'000) stop.request_stop();
    return {};
  };
  const Result<Response> got =
      secure(server, {.ca = pemText(authority().certificate)})->stream({}, sink, stop.get_token());
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code(), ErrorCode::Cancelled) << messageOf(got);
  EXPECT_EQ(sink.text.size(), 150'000U);
}

INSTANTIATE_TEST_SUITE_P(Cpprest, TransportContract, testing::Values(&makeTransport));
INSTANTIATE_TEST_SUITE_P(Cpprest, TlsContract, testing::Values(&makeTransport));

}  // namespace
}  // namespace tidewright::http

// Clients that no server would wish for.

#include <gmock/gmock.h>
#include <sys/resource.h>

#include <random>

#include "tests/cli/web/web_fixture.h"

namespace rollcall::web {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr int kLittle = 2048;  // for a client to receive
constexpr const char* kHostileName = "<script>alert(1)</script>";

// Both ends of a thousand connections are ours.
void allow_many_descriptors() {
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  limit.rlim_cur = limit.rlim_max;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
  ASSERT_GE(limit.rlim_cur, 4096U);
}

bool is_cut_off(const RawClient& client) {
  pollfd state{.fd = client.fd(), .events = POLLRDHUP, .revents = 0};
  return ::poll(&state, 1, 0) == 1 && (state.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

class AServer : public WebFixture {
 protected:
  AServer() {
    std::ofstream fleet(folder_.file("fleet.csv"), std::ios::app);
    fleet << "10.0.5.100,80," << kHostileName << "\n";
  }

  std::string sweep_started() { return get("/api/v1/status").at("last_sweep").at("started_at"); }

  std::string exchange(const std::string& bytes) {
    RawClient client(port_);
    client.send(bytes);
    client.end_sending();
    return client.receive();
  }

  // Whether the kernel still keeps the server's end, written as proc(5) writes it in net/tcp.
  bool is_kept_for(const RawClient& client) {
    sockaddr_in self{};
    socklen_t bytes = sizeof self;
    EXPECT_EQ(::getsockname(client.fd(), reinterpret_cast<sockaddr*>(&self), &bytes), 0);
    std::ifstream file("/proc/net/tcp");
    const std::string all(std::istreambuf_iterator<char>(file), {});
    const auto word = [](unsigned port) { return fmt::format("0100007F:{:04X} ", port); };
    return all.contains(word(port_) + word(ntohs(self.sin_port)));
  }
};

class ASlowServer : public AServer {
 protected:
  ASlowServer() { limits_.request = 2s; }
};

TEST_F(ASlowServer, EndsAConnectionThatTricklesOnAfterItsLastAnswer) {
  RawClient client(port_);
  client.send("GET /-/healthy HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(client.receive(), StartsWith("HTTP/1.1 200"));
  EXPECT_TRUE(eventually([&] {
    client.send("x");
    return !is_kept_for(client);
  }));
}

TEST_F(AServer, ServesOthersWhileAThousandConnectionsAreSlow) {
  allow_many_descriptors();
  wait_until_ready();
  const std::string before = sweep_started();
  std::vector<std::unique_ptr<RawClient>> slow;
  auto longest = std::chrono::steady_clock::duration::zero();
  for (int i = 0; i < 1000; ++i) {
    slow.push_back(std::make_unique<RawClient>(port_));
    ASSERT_TRUE(slow.back()->is_open());
    slow.back()->send(i % 2 == 0 ? "GET /api/v1/sta" : "POST /api/v1/notes HTTP/1.1\r\nHost: x");
    if (i % 50 != 0) continue;
    const auto began = std::chrono::steady_clock::now();
    httplib::Client other("127.0.0.1", port_);
    EXPECT_EQ(status_of(other.Get("/api/v1/status")), 200) << "with " << i << " slow ones";
    longest = std::max(longest, std::chrono::steady_clock::now() - began);
  }
  EXPECT_LT(longest, 2s);
  // Bytes that trickle in are no life sign: each of them has its one deadline.
  for (const auto& client : slow) client->send("x");
  EXPECT_EQ(status_of(client_->Get("/api/v1/status")), 200);
  EXPECT_TRUE(eventually([&] { return sweep_started() != before; })) << "sweeps stood still";
}

class AServerOfFewDescriptors : public AServer {
 protected:
  static constexpr rlim_t kDescriptors = 400;

  AServerOfFewDescriptors() {
    EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &before_), 0);
    const rlimit few{.rlim_cur = kDescriptors, .rlim_max = before_.rlim_max};
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  }
  ~AServerOfFewDescriptors() override { ::setrlimit(RLIMIT_NOFILE, &before_); }

  rlimit before_{};
};

TEST_F(AServerOfFewDescriptors, HoldsAQuarterOfThem) {
  constexpr std::size_t kOpened = 150;
  std::vector<std::unique_ptr<RawClient>> idle;
  for (std::size_t i = 0; i < kOpened; ++i) {
    idle.push_back(std::make_unique<RawClient>(port_));
    ASSERT_TRUE(idle.back()->is_open());
  }
  const auto held = [&] {
    return std::ranges::count_if(idle, [](const auto& client) { return !is_cut_off(*client); });
  };
  EXPECT_TRUE(eventually([&] { return held() == kDescriptors / 4; })) << held();
  EXPECT_EQ(status_of(client_->Get("/api/v1/status")), 200);
}

TEST_F(ASlowServer, ClosesWhatDoesNotComeToAnEnd) {
  RawClient slow(port_);
  const auto began = std::chrono::steady_clock::now();
  slow.send("GET /api/v1/status HTTP/1.1\r\nHost: localhost\r\n");
  for (int i = 0; i < 100 && slow.is_open(); ++i) {  // five seconds at most
    slow.send("X-A: b\r\n");
    slow.receive("", 50);
  }
  EXPECT_FALSE(slow.is_open());
  EXPECT_LT(std::chrono::steady_clock::now() - began, 4s);
}

TEST_F(AServer, RefusesWhatIsTooLong) {
  const std::string long_field =
      "GET /api/v1/status HTTP/1.1\r\nHost: localhost\r\nX-A: " + std::string(1 << 20, 'a') +
      "\r\n\r\n";
  EXPECT_THAT(exchange(long_field), StartsWith("HTTP/1.1 431 "));
  std::string many = "GET /api/v1/status HTTP/1.1\r\nHost: localhost\r\n";
  for (int i = 0; i < 10'000; ++i) many += fmt::format("X-{}: b\r\n", i);
  EXPECT_THAT(exchange(many + "\r\n"), StartsWith("HTTP/1.1 431 "));
  const std::string path =
      "GET /" + std::string(10'000, 'a') + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
  EXPECT_THAT(exchange(path), StartsWith("HTTP/1.1 400 "));
  const std::string body = "POST /api/v1/notes HTTP/1.1\r\nHost: localhost\r\nContent-Length: " +
                           std::to_string(1 << 30) + "\r\n\r\n" + std::string(200'000, ' ');
  EXPECT_THAT(exchange(body), StartsWith("HTTP/1.1 413 "));
  const std::string chunked =
      "POST /api/v1/notes HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
      "fffff\r\n" +
      std::string(0xfffff, ' ');
  EXPECT_THAT(exchange(chunked), StartsWith("HTTP/1.1 413 "));
  std::string fields = "/api/v1/targets?";
  for (int i = 0; i < 100; ++i) fields += fmt::format("label.{}=x&", i);
  EXPECT_EQ(status_of(client_->Get(fields)), 400);
}

TEST_F(AServer, AnswersPipelinedRequestsInOrder) {
  const std::string each = "GET {} HTTP/1.1\r\nHost: localhost\r\n{}\r\n";
  const std::string answers =
      exchange(fmt::format(fmt::runtime(each), "/api/v1/nothing", "") +
               fmt::format(fmt::runtime(each), "/api/v1/sweeps", "") +  // on another thread
               fmt::format(fmt::runtime(each), "/-/healthy", "Connection: close\r\n"));
  const std::size_t first = answers.find("HTTP/1.1 404 ");
  const std::size_t second = answers.find("rollcall.sweeps/1");
  const std::size_t third = answers.find(R"("healthy":true)");
  ASSERT_NE(third, std::string::npos) << answers;
  EXPECT_LT(first, second);
  EXPECT_LT(second, third);
}

TEST_F(AServer, AnswersWhoHasNothingMoreToSay) {
  RawClient client(port_);
  client.send("GET /api/v1/targets HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  client.end_sending();
  EXPECT_THAT(client.receive(), HasSubstr("\"next\":null}\n\r\n0\r\n\r\n"));
  RawClient old(port_);
  old.send("GET /api/v1/targets HTTP/1.0\r\n\r\n");
  const std::string answer = old.receive();
  EXPECT_THAT(answer, HasSubstr("\"next\":null}\n"));
  EXPECT_THAT(answer, Not(HasSubstr("chunked")));
}

TEST_F(AServer, HasNoFiles) {
  for (const char* path :
       {"/../../../../etc/passwd", "/assets/../../../../etc/passwd", "/assets/..%2f..%2fetc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd", "/assets/%2e%2e%2f%2e%2e%2fetc%2fpasswd", "//etc/passwd",
        "/assets//etc/passwd", "/api/v1/groups/..%2f..%2fetc%2fpasswd", "/assets/%00", "/%", "/%zz",
        "/api/v1/groups/%ff%fe"}) {
    const std::string answer =
        exchange(fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\n\r\n", path));
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 404 ")) << path;
    EXPECT_THAT(answer, Not(HasSubstr("root:"))) << path;
  }
}

TEST_F(AServer, NeverShowsANameAsMarkup) {
  wait_until_ready();
  const std::string encoded = "%3Cscript%3Ealert(1)%3C%2Fscript%3E";
  const std::string note = "<img src=x onerror=alert(1)>\n\x1b[31m\x7f";
  const json body = {{"group", kHostileName}, {"text", note}, {"author", "\x01<b>"}};
  ASSERT_EQ(status_of(post("/api/v1/notes", body.dump())), 200);
  const std::string huge(10'000, 'a');
  for (const std::string& path :
       {std::string("/api/v1/groups"), "/api/v1/groups/" + encoded, std::string("/api/v1/targets"),
        "/api/v1/groups/" + encoded + "/history", std::string("/api/v1/notes"),
        "/api/v1/targets?group=" + encoded, "/api/v1/groups/" + huge.substr(0, 8000),
        std::string("/<script>"), std::string("/api/v1/groups/%1b%5b31m%0d%0aX:%20y")}) {
    const auto answer = client_->Get(path);
    ASSERT_TRUE(answer) << path;
    EXPECT_THAT(answer->get_header_value("Content-Type"), HasSubstr("json")) << path;
    EXPECT_EQ(answer->get_header_value("X-Content-Type-Options"), "nosniff") << path;
    EXPECT_THAT(answer->get_header_value("Content-Security-Policy"),
                StartsWith("default-src 'none'"));
    EXPECT_TRUE(json::accept(answer->body)) << answer->body;
    for (const unsigned char c : answer->body) EXPECT_TRUE(c >= 0x20 || c == '\n') << path;
  }
  EXPECT_EQ(get("/api/v1/groups/" + encoded).at("group"), kHostileName);
  EXPECT_TRUE(eventually([&] { return get("/api/v1/groups/" + encoded).at("note") == note; }));
  const json long_name = {{"group", huge}, {"text", "x"}, {"author", "a"}};
  EXPECT_EQ(status_of(post("/api/v1/notes", long_name.dump())), 400);
}

// Requests as they might be, with some bytes changed, left out or doubled.
class Mutator {
 public:
  explicit Mutator(std::uint64_t seed) : random_(seed) {}

  std::string next() {
    static const std::vector<std::string> kSeeds{
        "GET /api/v1/targets?limit=3&state=up,missing HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET /api/v1/groups/web1/history?since_s=10 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET /api/v1/groups?prefix=10.0.0.0/8&label.a=b&after=1 HTTP/1.1\r\nHost: [::1]:1\r\n\r\n",
        "HEAD /api/v1/map HTTP/1.1\r\nHost: 127.0.0.1\r\nIf-None-Match: \"1-1\", W/\"x\"\r\n\r\n",
        "POST /api/v1/notes HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer a secret\r\n"
        "X-Rollcall-Request: 1\r\nContent-Type: application/json\r\nContent-Length: 45\r\n\r\n"
        "{\"group\":\"web1\",\"text\":\"fuzz\",\"author\":\"me\"}\n",
        "POST /api/v1/silences HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic YTpi\r\n"
        "Transfer-Encoding: chunked\r\n\r\n5\r\n{\"a\":\r\n2\r\n1}\r\n0\r\n\r\n",
        "DELETE /api/v1/silences/00 HTTP/1.0\r\nAuthorization: Bearer x\r\n\r\n",
        "GET /api/v1/addresses/10.0.1.1/history HTTP/1.1\r\nHost: localhost\r\n\r\n"
        "GET /-/ready HTTP/1.1\r\nHost: localhost\r\n\r\n"};
    std::string request = kSeeds[below(kSeeds.size())];
    for (std::size_t changes = below(6); changes > 0 && !request.empty(); --changes) {
      mutate(request);
    }
    return request;
  }

 private:
  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(random_() % limit); }

  void mutate(std::string& request) {
    const std::size_t at = below(request.size());
    const std::size_t length = std::min(below(40) + 1, request.size() - at);
    switch (below(5)) {
      case 0:
        request[at] = static_cast<char>(random_());
        break;
      case 1:
        request.erase(at, length);
        break;
      case 2:
        request.insert(at, request.substr(at, length));
        break;
      case 3:
        request.insert(at, 1, "\r\n\0:%/?&= "[below(10)]);
        break;
      default:
        request.insert(at, std::string(below(3000), static_cast<char>(random_())));
    }
  }

  std::mt19937_64 random_;
};

TEST_F(AServer, SurvivesTenThousandRandomRequests) {
  constexpr std::uint64_t kSeed = 7;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  wait_until_ready();
  const std::string before = sweep_started();
  Mutator mutator(kSeed);
  std::map<std::string, int> statuses;
  for (int i = 0; i < 10'000; ++i) {
    const std::string answer = exchange(mutator.next());
    if (!answer.empty()) {
      ASSERT_THAT(answer, StartsWith("HTTP/1.1 ")) << i;
    }
    ++statuses[answer.substr(0, 12)];
  }
  // It was no monologue: many were understood, many were refused, and none was too much.
  EXPECT_GT(statuses["HTTP/1.1 200"], 1000);
  EXPECT_GT(statuses["HTTP/1.1 400"], 500);
  EXPECT_EQ(statuses["HTTP/1.1 500"], 0);
  EXPECT_EQ(status_of(client_->Get("/api/v1/status")), 200);
  EXPECT_TRUE(eventually([&] { return sweep_started() != before; })) << "sweeps stood still";
}

class AServerWithADeadReceiver : public AServer {
 protected:
  AServerWithADeadReceiver() {
    config_.alerts.commands = {{.name = "dead", .argv = {"/bin/sleep", "60"}, .limit = 8s}};
  }
};

TEST_F(AServerWithADeadReceiver, SilencesAtOnceWhateverWaitsForIt) {
  const std::string test =
      "POST /api/v1/alerts/test HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer a secret\r\n"
      "X-Rollcall-Request: 1\r\n\r\n";
  std::vector<std::unique_ptr<RawClient>> waiting;
  for (int i = 0; i < 12; ++i) {
    waiting.push_back(std::make_unique<RawClient>(port_));
    waiting.back()->send(test);
  }
  EXPECT_THAT(waiting.back()->receive("\r\n\r\n", 5000), StartsWith("HTTP/1.1 503 "));
  const auto began = std::chrono::steady_clock::now();
  const auto silence =
      post("/api/v1/silences", R"({"groups":["web1"],"duration_s":60,"author":"a","reason":"r"})");
  EXPECT_EQ(status_of(silence), 201);
  EXPECT_EQ(status_of(post("/api/v1/notes", R"({"group":"web1","text":"x","author":"a"})")), 200);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 4s);
  EXPECT_EQ(waiting.front()->receive("HTTP", 1), "") << "the test is over: nothing was shown";
}

// Has so many targets that the kernel cannot buffer the whole list for a client.
class ABigServer : public AServer {
 protected:
  ABigServer() {
    std::ofstream fleet(folder_.file("fleet.csv"));
    fleet << "address,ports,group\n";
    for (int i = 0; i < 256; ++i) fleet << fmt::format("10.0.{}.1-10.0.{}.8,1-32,web{}\n", i, i, i);
  }

  void ask_for_all(RawClient& client) {
    client.send("GET /api/v1/targets?format=ndjson HTTP/1.1\r\nHost: localhost\r\n\r\n");
  }
  std::size_t lines_of_all() {
    const auto answer = client_->Get("/api/v1/targets?format=ndjson");
    return answer ? static_cast<std::size_t>(std::ranges::count(answer->body, '\n')) : 0;
  }
};

class AServerOfShortAnswers : public ABigServer {
 protected:
  AServerOfShortAnswers() { limits_.answer = 2s; }
};

TEST_F(AServerOfShortAnswers, EndsOneThatIsReadForEver) {
  RawClient slow(port_, kLittle);
  ask_for_all(slow);
  const auto began = std::chrono::steady_clock::now();
  char byte = 0;
  while (!is_cut_off(slow) && std::chrono::steady_clock::now() - began < 20s) {
    (void)::recv(slow.fd(), &byte, 1, MSG_DONTWAIT);
    std::this_thread::sleep_for(50ms);
  }
  EXPECT_GT(std::chrono::steady_clock::now() - began, 1900ms);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 15s);
  EXPECT_EQ(lines_of_all(), 256U * kAddresses * 32);
}

class AnImpatientServer : public ABigServer {
 protected:
  AnImpatientServer() { limits_.piece = 1s; }
};

// The kernel holds the rest of the answer, while the server already waits for the next request.
TEST_F(AnImpatientServer, DoesNotLeaveAnAnswerToTheKernelForEver) {
  RawClient deaf(port_, kLittle);
  deaf.send("GET /api/v1/targets?limit=1500 HTTP/1.1\r\nHost: localhost\r\n\r\n");
  ASSERT_THAT(deaf.receive("\r\n\r\n", 5000), HasSubstr("200 OK"));
  EXPECT_TRUE(is_kept_for(deaf));
  // When TCP_USER_TIMEOUT expires, the kernel drops the socket and sends no RST. The client sees
  // this only when it sends again.
  ASSERT_TRUE(eventually([&] { return !is_kept_for(deaf); }));
  deaf.send("GET");
  EXPECT_TRUE(eventually([&] { return is_cut_off(deaf); }));
}

class AServerOfFewAnswers : public ABigServer {
 protected:
  AServerOfFewAnswers() { limits_.unread_bytes = 3 * kPieceBytes; }
};

TEST_F(AServerOfFewAnswers, LetsGoOfThoseThatAreReadSlowest) {
  std::vector<std::unique_ptr<RawClient>> deaf;
  for (int i = 0; i < 5; ++i) {
    deaf.push_back(std::make_unique<RawClient>(port_, kLittle));
    ask_for_all(*deaf.back());
    ASSERT_THAT(deaf.back()->receive("\r\n\r\n", 5000), HasSubstr("200 OK"));
  }
  EXPECT_TRUE(eventually([&] { return is_cut_off(*deaf[0]) && is_cut_off(*deaf[1]); }));
  for (std::size_t i = 2; i < deaf.size(); ++i) EXPECT_FALSE(is_cut_off(*deaf[i])) << i;
  EXPECT_EQ(lines_of_all(), 256U * kAddresses * 32);
  EXPECT_TRUE(is_cut_off(*deaf[2]));
}

class AServerOfFewBytes : public AServer {
 protected:
  AServerOfFewBytes() { limits_.queued_bytes = 20'000; }

  void expect_to_lose(RawClient& deaf);
};

class AServerOfFewBytesForAll : public AServerOfFewBytes {
 protected:
  AServerOfFewBytesForAll() {
    limits_.queued_bytes = std::size_t{1} << 30;
    limits_.all_queued_bytes = 20'000;
  }
};

TEST_F(AServerOfFewBytes, LetsGoOfAListenerWhoDoesNotListen) {
  RawClient deaf(port_, kLittle);
  expect_to_lose(deaf);
}

TEST_F(AServerOfFewBytesForAll, LetsGoOfTheSlowestListener) {
  RawClient deaf(port_, kLittle);
  expect_to_lose(deaf);
}

// And keeps one that listens.
void AServerOfFewBytes::expect_to_lose(RawClient& deaf) {
  wait_until_ready();
  RawClient good(port_);
  for (RawClient* client : {&deaf, &good}) {
    client->send("GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
  }
  ASSERT_THAT(good.receive("event: view"), HasSubstr("event: hello"));
  const std::string text(4000, 'n');
  bool is_gone = false;
  for (int i = 0; i < 3000 && !is_gone; ++i) {
    const json body = {{"group", "web1"}, {"text", text + std::to_string(i)}, {"author", "a"}};
    ASSERT_EQ(status_of(post("/api/v1/notes", body.dump())), 200);
    ASSERT_THAT(good.receive("event: notes"), HasSubstr("event: ")) << i;
    is_gone = is_cut_off(deaf);
  }
  EXPECT_TRUE(is_gone);
  EXPECT_TRUE(good.is_open());
}

}  // namespace
}  // namespace rollcall::web

#include "cli/config/certificates.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>

#include "tests/scheduler/history/testing.h"

namespace rollcall::cli {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

class Certificates : public testing::Test {
 protected:
  // Valid for so many days from now.
  std::string make(const std::string& name, int days) {
    const std::string line = fmt::format(
        "cd {0} && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days {2} "
        "-subj /CN={1} -keyout {1}.key -out {1}.crt >openssl.log 2>&1",
        folder_.path(), name, days);
    EXPECT_EQ(std::system(line.c_str()), 0);
    return folder_.file(name + ".crt");
  }
  static std::string contents(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  history::testing::TemporaryFolder folder_;
  const WallTime now_ = SystemClock().wall();
};

TEST_F(Certificates, SayWhenTheyEnd) {
  const auto read = read_certificate({make("web", 30), "HTTP server"});
  ASSERT_TRUE(read) << read.error().to_string();
  EXPECT_NEAR(std::chrono::duration<double>(read->not_after - now_).count(), 30 * 86400, 60);
  EXPECT_THAT(trouble_of(*read, now_), IsEmpty());
  EXPECT_THAT(trouble_of(*read, now_ + 24h * 17),
              AllOf(HasSubstr("web.crt (HTTP server) expires in 1"), HasSubstr(" days, on ")));
  EXPECT_THAT(trouble_of(*read, read->not_after - 25h), HasSubstr("expires in 1 day, on "));
  EXPECT_THAT(trouble_of(*read, read->not_after - 1h), HasSubstr("expires in 0 days, on "));
  EXPECT_FALSE(is_expired(*read, read->not_after));
  EXPECT_TRUE(is_expired(*read, read->not_after + 1s));
  EXPECT_THAT(trouble_of(*read, read->not_after + 24h * 3), HasSubstr("expired 3 days ago"));
  EXPECT_THAT(trouble_of(*read, read->not_before - 1h), HasSubstr("is not valid before"));
}

TEST_F(Certificates, OfAChainAreTheFirstAndOfABundleTheLongest) {
  const std::string both = folder_.file("both.crt");
  std::ofstream(both) << contents(make("short", 5)) << contents(make("long", 50));
  const auto chain = read_certificate({both, "HTTP server"});
  const auto bundle = read_certificate({both, "receiver am", true});
  ASSERT_TRUE(chain && bundle);
  EXPECT_LT(chain->not_after, now_ + 24h * 6);
  EXPECT_GT(bundle->not_after, now_ + 24h * 49);
}

TEST_F(Certificates, ThatAreNoneAreErrors) {
  const std::string key = make("web", 1).replace(folder_.file("web").size(), 4, ".key");
  EXPECT_FALSE(read_certificate({key, "HTTP server"}));
  EXPECT_FALSE(read_certificate({folder_.file("none"), "HTTP server"}));
  const std::string cut = folder_.file("cut.crt");
  std::ofstream(cut) << contents(folder_.file("web.crt")).substr(0, 200);
  EXPECT_FALSE(read_certificate({cut, "HTTP server"}));
  std::ofstream(folder_.file("empty.crt")) << "";
  EXPECT_FALSE(read_certificate({folder_.file("empty.crt"), "HTTP server"}));
}

TEST_F(Certificates, AreThoseThatTheReceiversName) {
  AlertConfig alerts;
  alerts.webhooks = {{.name = "hook", .http = {.ca_file = "/ca", .cert_file = "/cert"}}};
  alerts.mails = {{.name = "mail", .ca_file = "/mail-ca"}};
  std::vector<std::string> texts;
  for (const CertificateFile& file : certificate_files(alerts)) {
    texts.push_back(file.path + " " + file.use + (file.is_authority ? " authority" : ""));
  }
  EXPECT_THAT(texts, testing::ElementsAre("/cert receiver hook", "/ca receiver hook authority",
                                          "/mail-ca receiver mail authority"));
}

}  // namespace
}  // namespace rollcall::cli

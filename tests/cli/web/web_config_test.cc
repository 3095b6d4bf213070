#include "cli/web/http/web_config.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "cli/config/parse_config.h"

namespace rollcall::web {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kHash = "$2y$10$abcdefghijklmnopqrstuuJ5dBv5X6Q2u4yUZQHPt7cG0rJ8wz2Ea";

TEST(AWebConfig, IsThatOfTheExporterToolkit) {
  const auto config = parse_web_config(std::string(R"(tls_server_config:
  cert_file: server.crt
  key_file: /etc/keys/server.key
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: ca.crt
  min_version: TLS13
http_server_config:
  http2: false
basic_auth_users:
  anna: )") + kHash + "\n",
                                       "/etc/rollcall/web.yml");
  ASSERT_TRUE(config) << config.error().to_string();
  EXPECT_EQ(config->tls->cert_file, "/etc/rollcall/server.crt");
  EXPECT_EQ(config->tls->key_file, "/etc/keys/server.key");
  EXPECT_EQ(config->tls->client_auth, ClientAuth::kRequire);
  EXPECT_EQ(config->tls->min_version, 0x0304);
  EXPECT_TRUE(config->verifies_clients());
  EXPECT_EQ(config->users.at("anna"), kHash);
  const auto empty = parse_web_config("", "web.yml");
  ASSERT_TRUE(empty);
  EXPECT_FALSE(empty->tls);
}

TEST(AWebConfig, SaysEverythingThatIsWrongWithItsPlace) {
  const auto config = parse_web_config(R"(tls_server_config:
  cert_file: server.crt
  min_version: TLS10
  cipher_suites: [TLS_AES_128_GCM_SHA256]
  client_auth_type: RequireAndVerifyClientCert
basic_auth_users:
  anna: secret
  bob: $2y$31$abcdefghijklmnopqrstuuJ5dBv5X6Q2u4yUZQHPt7cG0rJ8wz2Ea
users: {}
)",
                                       "web.yml");
  ASSERT_FALSE(config);
  const std::string& text = config.error().context;
  for (const char* line :
       {"web.yml:2:3: key_file is missing", "web.yml:2:3: client_auth_type verifies clients",
        "web.yml:3:16: write one of TLS12, TLS13", "web.yml:4:18: this is not supported",
        "web.yml:7:9: this is no bcrypt hash", "web.yml:8:8: the cost of this hash is 31",
        "web.yml:9:1: there is no such key here"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

TEST(AWebConfig, ThatIsNoYamlIsOneLine) {
  for (const char* text : {"a: [", "a: b: c", "{", "- 1\n"}) {
    const auto config = parse_web_config(text, "web.yml");
    ASSERT_FALSE(config) << text;
    EXPECT_THAT(config.error().context, HasSubstr("web.yml:")) << text;
  }
}

TEST(AWebConfig, IsNeededWhereOthersCanReachTheAddress) {
  const auto parse = [](const std::string& http) {
    return cli::parse_config("[inventory]\nfiles = [\"/a.csv\"]\nports = \"80\"\n[http]\n" + http,
                             "rollcall.toml");
  };
  EXPECT_TRUE(parse("listen = \"127.0.0.1:9750\"\n"));
  EXPECT_TRUE(parse("listen = \"[::1]:9750\"\n"));
  for (const char* address : {"0.0.0.0:9750", "192.0.2.1:9750", "[::]:9750"}) {
    const std::string listen = std::string("listen = \"") + address + "\"\n";
    for (const char* more : {"", "token_file = \"/token\"\n"}) {
      const auto config = parse(listen + more);
      ASSERT_FALSE(config) << address;
      EXPECT_THAT(config.error().context, HasSubstr("rollcall.toml:5:10: "));
    }
    EXPECT_TRUE(parse(listen + "web_config = \"/etc/web.yml\"\n"));
  }
}

TEST(AWebConfig, ForOthersHasTlsAndAsksWhoTheyAre) {
  WebConfig config;
  EXPECT_NE(why_not_in_the_open(config, true), "");
  config.tls.emplace();
  EXPECT_NE(why_not_in_the_open(config, false), "");
  EXPECT_EQ(why_not_in_the_open(config, true), "");
  config.users["anna"] = kHash;
  EXPECT_EQ(why_not_in_the_open(config, false), "");
  config.users.clear();
  config.tls->client_auth = ClientAuth::kRequireAny;
  EXPECT_NE(why_not_in_the_open(config, false), "");
  config.tls->client_auth = ClientAuth::kRequire;
  EXPECT_EQ(why_not_in_the_open(config, false), "");
}

TEST(AWebConfig, TellsWhichOfItsSecretsOthersMayRead) {
  std::string pattern = std::filesystem::temp_directory_path() / "rollcall-web-XXXXXX";
  const std::filesystem::path folder = mkdtemp(pattern.data());
  const std::string path = folder / "web.yml";
  WebConfig config;
  config.tls.emplace();
  config.tls->key_file = folder / "key";
  std::ofstream(path) << "basic_auth_users";
  std::ofstream(config.tls->key_file) << "key";
  const auto set_mode = [](const std::string& file, unsigned mode) {
    std::filesystem::permissions(file, std::filesystem::perms(mode));
  };
  set_mode(path, 0644);
  set_mode(config.tls->key_file, 0644);
  EXPECT_THAT(exposed_secrets(config, path),
              ElementsAre(HasSubstr("chmod 0640 " + config.tls->key_file)));
  config.users["anna"] = kHash;
  EXPECT_THAT(exposed_secrets(config, path),
              ElementsAre(HasSubstr("key holds a secret"), HasSubstr("chmod 0640 " + path)));
  set_mode(path, 0640);
  set_mode(config.tls->key_file, 0600);
  EXPECT_THAT(exposed_secrets(config, path), IsEmpty());
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace rollcall::web

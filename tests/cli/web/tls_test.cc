// TLS, users and clients' certificates, as web.config asks for them.

#include <crypt.h>
#include <gmock/gmock.h>

#include <csignal>
#include <filesystem>

#include "tests/cli/web/web_fixture.h"

namespace rollcall::web {
namespace {

using ::testing::HasSubstr;

constexpr const char* kPassword = "correct horse";

std::string bcrypt_of(const char* password) {
  crypt_data data{};
  std::array<char, CRYPT_GENSALT_OUTPUT_SIZE> setting{};
  crypt_gensalt_rn("$2b$", 4, nullptr, 0, setting.data(), static_cast<int>(setting.size()));
  return crypt_r(password, setting.data(), &data);
}

class AnEncryptedApi : public WebFixture {
 protected:
  // Certificates of two authorities, ours and another's.
  AnEncryptedApi() {
    std::signal(SIGPIPE, SIG_IGN);  // OpenSSL's in our client, when the server hangs up
    for (const char* authority : {"ca", "other-ca"}) {
      run(fmt::format(
          "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
          "-subj /CN={0} -keyout {0}.key -out {0}.crt",
          authority));
    }
    issue("server", "ca", "subjectAltName=IP:127.0.0.1,DNS:watch.example.net");
    issue("client", "ca", "extendedKeyUsage=clientAuth");
    issue("stranger", "other-ca", "extendedKeyUsage=clientAuth");
    config_.http.web_config = folder_.file("web.yml");
  }

  void run(const std::string& command) {
    const std::string line = "cd " + folder_.path() + " && " + command + " >openssl.log 2>&1";
    ASSERT_EQ(std::system(line.c_str()), 0) << command;
  }
  void issue(const std::string& name, const std::string& authority, const std::string& extension,
             int days = 2) {
    std::ofstream(folder_.file(name + ".ext")) << extension << '\n';
    run(
        fmt::format("openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN={0} "
                    "-keyout {0}.key -out {0}.csr",
                    name));
    run(
        fmt::format("openssl x509 -req -in {0}.csr -CA {1}.crt -CAkey {1}.key -CAcreateserial "
                    "-days {2} -extfile {0}.ext -out {0}.crt",
                    name, authority, days));
  }
  void write_config(const std::string& more) {
    std::ofstream(folder_.file("web.yml"))
        << "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n"
        << more;
  }

  std::unique_ptr<httplib::SSLClient> client(const std::string& certificate = "",
                                             const std::string& authority = "ca") {
    auto made = certificate.empty() ? std::make_unique<httplib::SSLClient>("127.0.0.1", port_)
                                    : std::make_unique<httplib::SSLClient>(
                                          "127.0.0.1", port_, folder_.file(certificate + ".crt"),
                                          folder_.file(certificate + ".key"));
    made->set_ca_cert_path(folder_.file(authority + ".crt"));
    made->enable_server_certificate_verification(true);
    return made;
  }
  int status(httplib::SSLClient& client, const httplib::Headers& headers = {}) {
    return status_of(client.Get("/api/v1/status", headers));
  }
};

class AnApiWithUsers : public AnEncryptedApi {
 protected:
  AnApiWithUsers() { write_config("basic_auth_users:\n  anna: " + bcrypt_of(kPassword) + "\n"); }
};

TEST_F(AnApiWithUsers, LetsInWhoKnowsAPassword) {
  const auto https = client();
  EXPECT_EQ(status(*https), 401);
  for (const auto& [user, password] :
       {std::pair("anna", "wrong"), std::pair("eve", kPassword), std::pair("anna", ""),
        std::pair("", kPassword), std::pair("anna", "correct horse ")}) {
    const auto header = httplib::make_basic_authentication_header(user, password);
    EXPECT_EQ(status(*https, {header}), 401) << user << ':' << password;
    EXPECT_EQ(status(*https, {header}), 401) << "the second time";
  }
  for (const char* broken : {"Basic", "Basic ", "Basic !!!", "Basic YW5uYQ==", "Digest x"}) {
    EXPECT_EQ(status(*https, {{"Authorization", broken}}), 401) << broken;
  }
  const auto good = httplib::make_basic_authentication_header("anna", kPassword);
  EXPECT_EQ(status(*https, {good}), 200);
  EXPECT_EQ(status(*https, {good}), 200);
  EXPECT_EQ(status(*https, {{"Authorization", "Bearer a secret"}}), 200);
}

TEST_F(AnApiWithUsers, LetsUsersChangeThings) {
  const auto https = client();
  const std::string body = R"({"group":"web1","text":"x","author":"anna"})";
  const auto good = httplib::make_basic_authentication_header("anna", kPassword);
  const std::pair<const std::string, std::string> mark("X-Rollcall-Request", "1");
  EXPECT_EQ(status_of(https->Post("/api/v1/notes", {good, mark}, body, "application/json")), 200);
  EXPECT_EQ(status_of(https->Post("/api/v1/notes", {good}, body, "application/json")), 403);
  EXPECT_EQ(status_of(https->Post("/api/v1/notes", {mark}, body, "application/json")), 401);
}

TEST_F(AnApiWithUsers, AnswersToItsNamesInTheCertificate) {
  const auto https = client();
  const auto good = httplib::make_basic_authentication_header("anna", kPassword);
  EXPECT_EQ(status(*https, {good, {"Host", "watch.example.net"}}), 200);
}

TEST_F(AnApiWithUsers, TakesAnotherCertificateWhileItRuns) {
  const auto good = httplib::make_basic_authentication_header("anna", kPassword);
  EXPECT_EQ(status(*client("", "other-ca"), {good}), 0);
  issue("server", "other-ca", "subjectAltName=IP:127.0.0.1");
  EXPECT_TRUE(eventually([&] { return status(*client("", "other-ca"), {good}) == 200; }));
  EXPECT_EQ(status(*client(), {good}), 0);
}

TEST_F(AnApiWithUsers, TellsWhenItsCertificateEndsAlsoOfARenewedOne) {
  const auto good = httplib::make_basic_authentication_header("anna", kPassword);
  const auto asked = client();
  const auto status = [&]() -> json {
    const auto result = asked->Get("/api/v1/status", {good});
    return result ? json::parse(result->body, nullptr, false) : json();
  };
  const auto end_of = [](const json& answer) {
    const auto found = answer.find("certificates");
    if (found == answer.end() || found->empty()) return std::string();
    return found->at(0).at("expires_at").get<std::string>();
  };
  ASSERT_TRUE(eventually([&] { return !end_of(status()).empty(); }));
  const json before = status();
  EXPECT_EQ(before.at("certificates").at(0).at("file"), folder_.file("server.crt"));
  EXPECT_THAT(before.at("certificates").at(0).at("problem").get<std::string>(),
              HasSubstr("expires in 1 day, on "));
  EXPECT_FALSE(before.at("vantage").at("healthy").get<bool>());
  const auto metrics = asked->Get("/metrics", {good});
  ASSERT_TRUE(metrics);
  EXPECT_THAT(metrics->body, HasSubstr("rollcall_certificate_expiry_timestamp_seconds{file=\"" +
                                       folder_.file("server.crt") + "\",use=\"HTTP server\"} 1"));
  issue("server", "ca", "subjectAltName=IP:127.0.0.1", 90);
  EXPECT_TRUE(eventually([&] {
    const json answer = status();
    return !end_of(answer).empty() && answer.at("certificates").at(0).at("problem") == "";
  }));
  EXPECT_GT(end_of(status()), end_of(before));
}

TEST_F(AnApiWithUsers, ShowsWhyANewConfigurationIsNotInUse) {
  const auto good = httplib::make_basic_authentication_header("anna", kPassword);
  std::ofstream(folder_.file("web.yml")) << "tls_server_config: {cert_file: nowhere.crt";
  const auto problems = [&] {
    const auto result = client()->Get("/api/v1/status", {good});
    return result ? json::parse(result->body).at("vantage").at("problems").dump() : "";
  };
  EXPECT_TRUE(eventually([&] { return problems().find("web.yml") != std::string::npos; }));
  write_config("basic_auth_users:\n  anna: " + bcrypt_of(kPassword) + "\n");
  EXPECT_TRUE(eventually([&] { return problems().find("web.yml") == std::string::npos; }));
}

TEST_F(AnApiWithUsers, KeepsTheFormerConfigurationWhileTheNewOneIsBroken) {
  const auto good = httplib::make_basic_authentication_header("anna", kPassword);
  std::ofstream(folder_.file("web.yml")) << "tls_server_config: {cert_file: nowhere.crt";
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));  // it looks once a second
  EXPECT_EQ(status(*client(), {good}), 200);
  EXPECT_EQ(status(*client()), 401);
  write_config("basic_auth_users:\n  bob: " + bcrypt_of("another") + "\n");
  const auto bob = httplib::make_basic_authentication_header("bob", "another");
  EXPECT_TRUE(eventually([&] { return status(*client(), {bob}) == 200; }));
  EXPECT_EQ(status(*client(), {good}), 401);
}

TEST_F(AnApiWithUsers, HealsWhenOnlyAFileThatARefusedConfigurationNamesIsMended) {
  std::ofstream(folder_.file("web.yml"))
      << "tls_server_config:\n  cert_file: late.crt\n  key_file: late.key\n"
      << "basic_auth_users:\n  bob: " << bcrypt_of("another") << "\n";
  const auto bob = httplib::make_basic_authentication_header("bob", "another");
  std::this_thread::sleep_for(std::chrono::milliseconds(1500));  // it has looked, and refused it
  EXPECT_EQ(status(*client(), {bob}), 401);
  issue("late", "other-ca", "subjectAltName=IP:127.0.0.1");
  EXPECT_TRUE(eventually([&] { return status(*client("", "other-ca"), {bob}) == 200; }));
}

TEST_F(AnApiWithUsers, DoesNotSpeakPlainly) {
  RawClient plain(port_);
  plain.send("GET /api/v1/status HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(plain.receive().find("HTTP/1.1 200"), std::string::npos);
  const auto good = httplib::make_basic_authentication_header("anna", kPassword);
  EXPECT_EQ(status(*client(), {good}), 200);
}

class AnApiForCertificates : public AnEncryptedApi {
 protected:
  AnApiForCertificates() {
    write_config("  client_ca_file: ca.crt\n  client_auth_type: RequireAndVerifyClientCert\n");
  }
};

TEST_F(AnApiForCertificates, LetsInWhomItsAuthorityKnows) {
  EXPECT_EQ(status(*client("client")), 200);
  EXPECT_EQ(status(*client("stranger")), 0);
  EXPECT_EQ(status(*client()), 0);
  // To look is not to touch.
  const auto certified = client("client");
  const std::string body = R"({"group":"web1","text":"x","author":"anna"})";
  EXPECT_EQ(status_of(certified->Post("/api/v1/notes", {{"X-Rollcall-Request", "1"}}, body,
                                      "application/json")),
            401);
  EXPECT_EQ(status_of(certified->Post("/api/v1/notes", writing(), body, "application/json")), 200);
}

TEST_F(AnApiForCertificates, LetsNobodyStayWhomItsNewAuthorityDoesNotKnow) {
  const auto kept = client("client");
  kept->set_keep_alive(true);
  ASSERT_EQ(status(*kept), 200);
  write_config("  client_ca_file: other-ca.crt\n  client_auth_type: RequireAndVerifyClientCert\n");
  ASSERT_TRUE(eventually([&] { return status(*client("stranger")) == 200; }));
  EXPECT_EQ(status(*kept), 0);
}

class APlainApiWithUsers : public AnEncryptedApi {
 protected:
  APlainApiWithUsers() { write_users(kPassword); }
  void write_users(const char* password) {
    std::ofstream(folder_.file("new.yml"))
        << "basic_auth_users:\n  anna: " << bcrypt_of(password) << "\n";
    std::filesystem::rename(folder_.file("new.yml"), folder_.file("web.yml"));
  }
  static std::string request(const char* path) {
    const auto header = httplib::make_basic_authentication_header("anna", kPassword);
    return fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\n{}: {}\r\n\r\n", path, header.first,
                       header.second);
  }
};

TEST_F(APlainApiWithUsers, EndsWhatBeganUnderTheFormerConfiguration) {
  RawClient listener(port_);
  RawClient idle(port_);
  RawClient silent(port_);  // has not even asked
  listener.send(request("/api/v1/events"));
  ASSERT_THAT(listener.receive("event: hello"), HasSubstr("event: hello"));
  idle.send(request("/-/healthy"));
  ASSERT_THAT(idle.receive("healthy"), HasSubstr("HTTP/1.1 200 "));
  write_users("another");
  for (RawClient* client : {&listener, &idle, &silent}) {
    client->receive("", 5000);
    EXPECT_FALSE(client->is_open());
  }
  RawClient again(port_);
  again.send(request("/-/healthy"));
  EXPECT_THAT(again.receive("\r\n\r\n"), HasSubstr("HTTP/1.1 401 "));
}

TEST_F(APlainApiWithUsers, EndsWhatAFormerTokenBeganThoughTheConfigurationIsRefused) {
  RawClient subscriber(port_);
  subscriber.send(
      fmt::format("GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n"
                  "Authorization: Bearer {}\r\n\r\n",
                  kToken));
  ASSERT_THAT(subscriber.receive("event: hello"), HasSubstr("event: hello"));
  // Both files change between two looks of the server, or the broken one first: either way the
  // former token is gone.
  std::ofstream(folder_.file("web.yml")) << "basic_auth_users: [\n";
  std::ofstream(folder_.file("token")) << "another secret\n";
  subscriber.receive("", 5000);
  EXPECT_FALSE(subscriber.is_open());
}

class AnOpenAddress : public AnEncryptedApi {
 protected:
  Result<std::unique_ptr<Api>> make(const std::string& web_config, const std::string& token_file) {
    const cli::HttpConfig http{.listen = fmt::format("0.0.0.0:{}", free_port()),
                               .token_file = token_file,
                               .web_config = web_config};
    return Api::make(http, config_.history, *service_, system_clock_, log_);
  }
  AnOpenAddress() { write_config(""); }
};

TEST_F(AnOpenAddress, IsNotServedWithoutTlsAndAuthentication) {
  const std::string file = folder_.file("open.yml");
  std::ofstream(file) << "basic_auth_users:\n  anna: " << bcrypt_of(kPassword) << "\n";
  for (const std::string& web_config : {std::string(), file}) {
    const auto made = make(web_config, folder_.file("token"));
    ASSERT_FALSE(made);
    EXPECT_THAT(made.error().context, HasSubstr("it needs tls_server_config"));
  }
  const auto nobody = make(folder_.file("web.yml"), "");
  ASSERT_FALSE(nobody);
  EXPECT_THAT(nobody.error().context, HasSubstr("web.yml:1:1: "));
  EXPECT_THAT(nobody.error().context, HasSubstr("it needs to know who asks"));
}

}  // namespace
}  // namespace rollcall::web

#include "engine/base/text/masked_url.h"

#include <gtest/gtest.h>

namespace rollcall {
namespace {

TEST(AShownUrl, HidesEveryPlaceThatASecretMayBeIn) {
  const struct {
    const char* url;
    const char* shown;
  } cases[] = {
      {"http://sd.example.net:8080/fleet.json", "http://sd.example.net:8080/fleet.json"},
      {"https://sd.example.net/list?token=s3cret&dc=fra",
       "https://sd.example.net/list?token=***&dc=***"},
      {"https://sd.example.net/list?s3cret", "https://sd.example.net/list?***"},
      {"https://sd.example.net?token=s3cret", "https://sd.example.net?token=***"},
      {"https://anna:s3cret@sd.example.net/list", "https://***@sd.example.net/list"},
      {"https://s3cret@sd.example.net", "https://***@sd.example.net"},
      {"https://a@b:s3cret@sd.example.net/", "https://***@sd.example.net/"},
      {"https://sd.example.net/list#s3cret", "https://sd.example.net/list#***"},
      {"https://sd.example.net/list?a=b#s3cret?token=c", "https://sd.example.net/list?a=***#***"},
      {"https://sd.example.net/x?token=a=s3cret;b=s3cret",
       "https://sd.example.net/x?token=***&b=***"},
      {"https://sd.example.net/export/3f9a1c0b77de4a51b2c8/fleet.csv",
       "https://sd.example.net/export/***/fleet.csv"},
      {"https://sd.example.net/a//b/", "https://sd.example.net/a//b/"},
      {"http://[2001:db8::1]:9093/api", "http://[2001:db8::1]:9093/api"},
      {"/etc/rollcall/fleet?.csv", "/etc/rollcall/fleet?.csv"},
      {"", ""},
  };
  for (const auto& [url, shown] : cases) EXPECT_EQ(masked_url(url), shown) << url;
}

TEST(ATextAboutAUrl, LosesTheSecretsThatAServerRepeats) {
  const char* url =
      "https://anna:pass-word@hooks.example.net/services/T0123456789ab/list?token=s3cret&x=1";
  EXPECT_EQ(without_secrets_of(url, "404: /services/T0123456789ab/list?token=s3cret&x=1 not found"),
            "404: /services/***/list?*** not found");
  EXPECT_EQ(without_secrets_of(url, "wrong token s3cret of anna, pass-word"),
            "wrong token *** of ***, ***");
  EXPECT_EQ(without_secrets_of("http://127.0.0.1:9093/api/v2/alerts", "no /api/v2/alerts here 1"),
            "no /api/v2/alerts here 1");
  EXPECT_EQ(without_secrets_of("no URL", "any text"), "any text");
}

}  // namespace
}  // namespace rollcall

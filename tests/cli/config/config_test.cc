#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "cli/config/config_values.h"
#include "cli/config/parse_config.h"

namespace rollcall::cli {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::string_view kSource = "[inventory]\nfiles = [\"/f.csv\"]\n";

std::string text_of_example() {
  std::ifstream file(ROLLCALL_EXAMPLE_CONFIG);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<std::string> diagnostics_of(const std::string& text) {
  const auto config = parse_config(text, "r.toml");
  std::vector<std::string> lines;
  if (config) return lines;
  std::istringstream all(config.error().context);
  for (std::string line; std::getline(all, line);) lines.push_back(line);
  return lines;
}

// The rest of the document is valid; the line of the diagnostic counts from the given text.
std::vector<std::string> diagnostics_with(const std::string& text) {
  return diagnostics_of(text + "\n" + std::string(kSource));
}

TEST(Config, TheExampleIsInOrderAndSaysWhatItSays) {
  const auto config = load_config(ROLLCALL_EXAMPLE_CONFIG);
  ASSERT_TRUE(config) << config.error().context;
  EXPECT_EQ(config->site, "vie1");
  ASSERT_THAT(config->canaries, SizeIs(2));
  EXPECT_EQ(config->canaries[1].address.to_string(), "2001:db8::1");
  EXPECT_THAT(config->inventory.ports, ElementsAre(Port{80}, Port{443}));
  EXPECT_THAT(config->inventory.exclude, SizeIs(1));
  EXPECT_THAT(config->scope.allow, SizeIs(3));
  EXPECT_EQ(config->sweep.intervals.fleet, 15min);
  ASSERT_THAT(config->sweep.intervals.rules, SizeIs(2));
  EXPECT_EQ(config->sweep.intervals.rules[0].interval, 5s);
  EXPECT_EQ(config->sweep.intervals.rules[1].port, Port{5432});
  EXPECT_FALSE(config->sweep.rate);
  EXPECT_EQ(config->sweep.source, Address::parse("192.0.2.10"));
  EXPECT_EQ(config->history.keep, 24h * 400);
  EXPECT_EQ(config->alerts.heartbeat, 1min);
  EXPECT_THAT(config->alerts.alertmanagers, SizeIs(2));
  EXPECT_EQ(config->alerts.webhooks.at(0).signing_key_file, "/etc/rollcall/hook-key");
  EXPECT_EQ(config->alerts.alertmanagers[1].http.user, "rollcall");
  EXPECT_EQ(config->alerts.alertmanagers[1].http.key_file, "/etc/rollcall/client.key");
  EXPECT_THAT(config->alerts.commands.at(0).argv, SizeIs(3));
  EXPECT_THAT(config->alerts.mails.at(0).to, ElementsAre("noc@example.net"));
  EXPECT_EQ(config->log.format, LogFormat::kText);
}

TEST(Config, AReceiverHasTheWholeOfAWayToAuthenticateAndOnlyOne) {
  for (const auto& [keys, expected] : std::vector<std::pair<std::string, std::string>>{
           {"user = \"u\"", "give both"},
           {"password_file = \"/p\"", "give both"},
           {"cert_file = \"/c\"", "give both"},
           {"key_file = \"/k\"", "give both"},
           {"user = \"u\"\npassword_file = \"/p\"\ntoken_file = \"/t\"", "leave out one"}}) {
    for (const char* kind : {"alertmanager", "webhook"}) {
      EXPECT_THAT(
          diagnostics_with(std::string("[[alerts.") + kind + "]]\nurl = \"http://x\"\n" + keys),
          testing::Contains(HasSubstr(expected)))
          << keys;
    }
  }
}

// Renames each key of the example. If the parser reports no unknown key, no code reads that key.
TEST(Config, EveryKeyOfTheExampleIsRead) {
  const std::string text = text_of_example();
  const std::regex key("(^|\n)([a-z_]+)( = )");
  int keys = 0;
  for (std::sregex_iterator it(text.begin(), text.end(), key), end; it != end; ++it) {
    std::string renamed = text;
    renamed.insert(static_cast<std::size_t>(it->position(3)), "_");
    const std::string name = it->str(2);
    EXPECT_THAT(diagnostics_of(renamed),
                testing::Contains(
                    AllOf(HasSubstr("unknown key"), HasSubstr("did you mean '" + name + "'?"))))
        << name;
    ++keys;
  }
  EXPECT_GT(keys, 40);
}

// An operator finds a key only if the example shows it.
TEST(Config, TheExampleShowsEveryKeyThatIsRead) {
  std::set<std::string> shown;
  const std::string text = text_of_example();
  const std::regex key("(?:^|\n)(?:\\[+(?:[a-z]+\\.)?)?([a-z_]+)(?: = |\\]+)");
  for (std::sregex_iterator it(text.begin(), text.end(), key), end; it != end; ++it) {
    shown.insert(it->str(1));
  }
  const std::regex read(
      "(?:text|texts|flag|whole|number|table|tables|below|each|read_\\w+|choice<[^>]*>+)\\("
      "\\s*(?:section, |receiver, )?\"([a-z_]+)\"");
  int keys = 0;
  for (const char* name : {"parse_config.cc", "parse_alerts.cc"}) {
    std::ifstream file(std::string(ROLLCALL_CONFIG_SOURCES) + "/" + name);
    std::stringstream code;
    code << file.rdbuf();
    const std::string source = code.str();
    for (std::sregex_iterator it(source.begin(), source.end(), read), end; it != end; ++it) {
      EXPECT_TRUE(shown.contains(it->str(1))) << it->str(1);
      ++keys;
    }
  }
  EXPECT_GT(keys, 40);
}

TEST(Config, NeedsNothingButASource) {
  const auto config = parse_config(kSource, "r.toml");
  ASSERT_TRUE(config) << config.error().context;
  EXPECT_EQ(config->judgement.confirm_span, 15s);
  EXPECT_EQ(config->judgement.settling, 3min);
  EXPECT_FALSE(config->alerts.heartbeat);
  EXPECT_EQ(config->http.listen, "127.0.0.1:9750");
}

TEST(Config, SuggestsAKeyOnlyWhereOneIsNear) {
  EXPECT_THAT(diagnostics_of(std::string(kSource) + "[http]\ntoken = \"/token\"\n[foo]\n"),
              ElementsAre(testing::EndsWith("unknown key 'http.token'; did you mean 'token_file'?"),
                          testing::EndsWith("unknown key 'foo'")));
}

TEST(Config, SaysEverythingThatIsWrongAtOnceInTheOrderOfTheFile) {
  EXPECT_THAT(diagnostics_of("site = 7\n"
                             "[sweep]\n"
                             "  intervall = \"5s\"\n"
                             "group_rate = \"fast\"\n"
                             "[inventory]\n"
                             "files = [\"fleet.csv\", 3]\n"
                             "[jugdement]\n"),
              ElementsAre("r.toml:1:8: site: a text in quotes is wanted, not a whole number",
                          "r.toml:3:3: unknown key 'sweep.intervall'; did you mean 'interval'?",
                          "r.toml:4:14: sweep.group_rate: a number from 1 to 10000000 is wanted",
                          "r.toml:6:10: inventory.files: 'fleet.csv': is no absolute path; write "
                          "it from / on",
                          "r.toml:6:23: inventory.files: a text in quotes is wanted, not a whole "
                          "number",
                          "r.toml:7:2: unknown key 'jugdement'; did you mean 'judgement'?"));
}

TEST(Config, RefusesWhatIsImpossible) {
  const struct {
    const char* text;
    const char* diagnostic;
  } cases[] = {
      {"canaries = [\"192.0.2.1\"]", "1:13: canaries: '192.0.2.1': write one address with its"},
      {"canaries = [\"192.0.2.0/24:80\"]", "write one address with its port"},
      {"canaries = \"192.0.2.1:22\"", "[\"an\", \"array\"] is wanted, not a text"},
      {"sweep = 3", "1:9: sweep: a table, [sweep], is wanted, not a whole number"},
      {"[sweep]\ninterval = \"4s\"", "2:12: sweep.interval: '4s': from 5s to 7d is possible"},
      {"[sweep]\ninterval = 300", "a text in quotes is wanted, not a whole number"},
      {"[sweep]\ninterval = \"5 minutes\"", "write a length of time as 90s, 5m, 1h30m or 30d"},
      {"[sweep]\nrate = 0", "a number from 1 to 10000000 is wanted"},
      {"[sweep]\nrate = nan", "a number from 1 to 10000000 is wanted"},
      {"[sweep]\nrate = \"fast\"", "'fast': write a number from 1 to 10000000, or \"auto\""},
      {"[sweep]\nsource = \"eth0\"", "is not an address"},
      {"[sweep]\nlane = \"dpdk\"", "write one of auto, io_uring, sendmmsg, ip"},
      {"[sweep]\noverride = 5", "tables, [[sweep.override]], are wanted"},
      {"[[sweep.override]]\ninterval = \"5s\"", "name a group, a port or both"},
      {"[[sweep.override]]\ngroup = \"g\"", "sweep.override.interval: is missing"},
      {"[[sweep.override]]\nport = 65536\ninterval = \"5s\"", "from 1 to 65535 is wanted"},
      {"[judgement]\nflap_changes = 1.5", "a whole number from 2 to 100 is wanted"},
      {"[judgement]\nconfirm_span = \"1s\"", "from 5s to 1h is possible"},
      {"[history]\nfolder = \"lib\"", "is no absolute path"},
      {"[http]\nlisten = \"0.0.0.0:80\"",
       "others can reach this address: set web_config, with TLS and users"},
      {"[http]\nlisten = \"localhost:80\"", "write one address with its port"},
      {"[alerts]\nheartbeat = \"1m\"", "there is no receiver that would hear it"},
      {"[[alerts.webhook]]\nname = \"x\"", "alerts.webhook.url: is missing"},
      {"[[alerts.webhook]]\nurl = \"ftp://h\"", "is no URL; write http:// or https://HOST"},
      {"[[alerts.webhook]]\nurl = \"https://\"", "is no URL"},
      {"[[alerts.webhook]]\nurl = \"https://a b\"", "is no URL"},
      {"[[alerts.webhook]]\nurl = \"https://me:secret@h/\"", "secrets belong in a file"},
      {"[[alerts.command]]\ncommand = [\"page\"]", "the absolute path of a program"},
      {"[[alerts.command]]\ncommand = []", "the absolute path of a program"},
      {"[[alerts.command]]\ncommand = []\nlimit = \"0\"", "from 1s to 10m is possible"},
      {"[[alerts.email]]\nurl = \"smtp://h\"\nfrom = \"a@b\"", "alerts.email.to: names nobody"},
      {"[[alerts.email]]\nurl = \"smtp://h\"\nfrom = \"a@b\\r\\nBcc: c@d\"\nto = [\"x@y\"]",
       "holds a control character"},
      {"[[alerts.email]]\nurl = \"smtp://h\"\nfrom = \"ab\"\nto = [\"x@y\"]", "is no mail address"},
      {"[[alerts.webhook]]\nname = \"a\"\nurl = \"http://h\"\n"
       "[[alerts.command]]\nname = \"a\"\ncommand = [\"/x\"]",
       "5:8: alerts.command.name: 'a' is taken"},
      {"[log]\nlevel = \"loud\"", "write one of debug, info, warning, error"},
      {"site = \"a\\u001b[2J\"", "holds a control character"},
  };
  for (const auto& test : cases) {
    EXPECT_THAT(diagnostics_with(test.text), testing::Contains(HasSubstr(test.diagnostic)))
        << test.text;
  }
}

TEST(Config, NamesGroupsAsTheInventoryDoes) {
  const auto config = parse_config(
      "[inventory]\nfiles = [\"/f\"]\n[[sweep.override]]\ngroup = \"cafe\u0301\u00a0\"\n"
      "interval = \"5s\"\n",
      "rollcall.toml");
  ASSERT_TRUE(config) << config.error().to_string();
  EXPECT_EQ(config->sweep.intervals.rules.at(0).group, "caf\u00e9");
}

TEST(Config, ReadsWhereAProxyShowsThePage) {
  const struct {
    const char* text;
    ExternalUrl url;
  } cases[] = {
      {"https://noc.example.net/rollcall",
       {"https://noc.example.net/rollcall", "noc.example.net", "/rollcall"}},
      {"https://NOC.example.net:8443/a/rollcall//",
       {"https://NOC.example.net:8443/a/rollcall", "noc.example.net", "/a/rollcall"}},
      {"http://[2001:db8::1]:80/", {"http://[2001:db8::1]:80", "2001:db8::1", ""}},
  };
  for (const auto& each : cases) {
    const auto url = external_url_in(each.text);
    ASSERT_TRUE(url) << each.text;
    EXPECT_EQ(url->text, each.url.text);
    EXPECT_EQ(url->host, each.url.host);
    EXPECT_EQ(url->path, each.url.path);
  }
  for (const char* text : {"", "/rollcall", "noc.example.net", "ftp://noc.example.net",
                           "https://a:b@noc.example.net", "https://noc.example.net/a?b",
                           "https://noc.example.net/a//b", "https://noc.example.net/../b",
                           "https://noc.example.net/a%20b", "https://noc.example.net#x"}) {
    EXPECT_FALSE(external_url_in(text)) << text;
  }
}

TEST(Config, ShowsNoSecretOfAUrlThatItRefuses) {
  EXPECT_THAT(diagnostics_with("[[alerts.webhook]]\nurl = \"https://me:s3cret@h/\""),
              ElementsAre(HasSubstr("'https://***@h/': holds a user or password")));
}

TEST(Config, TakesWhatIsUnusualButPossible) {
  for (const char* text : {"[http]\nlisten = \"\"", "[http]\nlisten = \"[::1]:9750\"",
                           "[http]\nlisten = \"0.0.0.0:80\"\nweb_config = \"/w\"",
                           "[sweep]\nrate = 1e5", "[judgement]\nsettling = \"0\"",
                           "[[alerts.webhook]]\nurl = \"http://[2001:db8::1]:8/x\""}) {
    EXPECT_THAT(diagnostics_with(text), IsEmpty()) << text;
  }
}

TEST(Config, ThatHasNoSourceIsAFlaw) {
  EXPECT_THAT(diagnostics_of(""), ElementsAre("r.toml:1:1: inventory: is missing"));
  EXPECT_THAT(diagnostics_of("[inventory]\nports = \"80\"\n"),
              ElementsAre(HasSubstr("no source; name files, directories or urls")));
}

TEST(Config, ThatIsNoTomlIsOneFlawWithItsPlace) {
  EXPECT_THAT(diagnostics_of("site = \"a\"\n[sweep\n"), ElementsAre(HasSubstr("r.toml:2:")));
  EXPECT_THAT(diagnostics_of("site = \"a\"\nsite = \"b\"\n"), ElementsAre(HasSubstr("r.toml:2:")));
  EXPECT_THAT(diagnostics_of(std::string("a = \"\xff\"\n")), SizeIs(1));
  EXPECT_THAT(diagnostics_of(std::string("\0\0\0", 3)), SizeIs(1));
  EXPECT_THAT(diagnostics_of("a = " + std::string(100000, '[')), SizeIs(1));
}

}  // namespace
}  // namespace rollcall::cli

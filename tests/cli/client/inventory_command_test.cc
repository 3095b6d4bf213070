// `rollcall inventory` as a user runs it: files in, text and exit codes out.
#include <gmock/gmock.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "cli/commands.h"

namespace rollcall::cli {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::internal::CaptureStderr;
using testing::internal::CaptureStdout;
using testing::internal::GetCapturedStderr;
using testing::internal::GetCapturedStdout;

struct Outcome {
  int exit = -1;
  std::string out;
  std::string err;
};

class InventoryCommand : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "rollcall.XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string path(const std::string& name) const { return folder_ / name; }
  std::string file(const std::string& name, const std::string& text) const {
    std::ofstream(path(name)) << text;
    return path(name);
  }
  std::string text_of(const std::string& name) const {
    std::ifstream stream(path(name));
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  static Outcome run(std::vector<std::string> words) {
    CLI::App app("", "rollcall");
    Outcome outcome;
    Commands commands;
    add_inventory_command(app, commands);
    std::ranges::reverse(words);  // as CLI11 takes them
    CaptureStdout();
    CaptureStderr();
    try {
      words.emplace_back("inventory");
      app.parse(words);
      outcome.exit = commands.run();
    } catch (const CLI::Success& success) {
      outcome.exit = app.exit(success);
    } catch (const CLI::ParseError& error) {
      outcome.exit = 3;  // as main() has it
      outcome.err = error.what();
    }
    outcome.out = GetCapturedStdout();
    outcome.err += GetCapturedStderr();
    return outcome;
  }

  Outcome import_ips(const std::string& ips, std::vector<std::string> more) const {
    std::vector<std::string> words{"import",  "--from", "etc-ips", file("ips", ips),
                                   "--group", "web42",  "--into",  path("fleet.csv")};
    words.insert(words.end(), more.begin(), more.end());
    return run(words);
  }

  static std::string ips(int first, int last) {
    std::string text;
    for (int i = first; i <= last; ++i) {
      const std::string host = std::to_string(i);
      text += "10.0.42." + host + ":255.255.255.0:10.0.42.255\n";
    }
    return text;
  }

  std::filesystem::path folder_;
};

TEST_F(InventoryCommand, ImportMakesTheFileAndShowsWhatItDid) {
  const Outcome made = import_ips(ips(1, 20), {"--main", "10.0.0.42", "-p", "80,443"});
  EXPECT_EQ(made.exit, 0) << made.err;
  EXPECT_EQ(made.out,
            "web42  new, 21 addresses\n  + 10.0.0.42, 10.0.42.1-10.0.42.20 (21)\n"
            "1 group differs, 0 do not: 21 addresses added, 0 addresses removed\n" +
                path("fleet.csv") + ": written\n");
  EXPECT_EQ(text_of("fleet.csv"),
            "address,ports,group,expect\n10.0.0.42,80;443,web42,\n"
            "10.0.42.1-10.0.42.20,80;443,web42,\n");
  const Outcome again = import_ips(ips(1, 20), {"--main", "10.0.0.42"});
  EXPECT_EQ(again.exit, 0) << again.err;
  EXPECT_EQ(again.out, "no difference in 1 group\n" + path("fleet.csv") + ": unchanged\n");
}

TEST_F(InventoryCommand, CheckNamesLookAlikesAndIsContent) {
  const Outcome checked =
      run({"check", file("fleet.csv",
                         "address,ports,group\n10.0.0.1,80,web-01\n"
                         "10.0.0.2,80,Web\u201101\n10.0.0.3,80,web-01\u00a0\n")});
  EXPECT_EQ(checked.exit, 0) << checked.err;
  EXPECT_THAT(checked.out, HasSubstr("2 groups, 3 addresses"));
  EXPECT_THAT(checked.out, HasSubstr("warning: the groups 'Web\\xe2\\x80\\x9101' and 'web-01' look "
                                     "alike; if they are one, give all lines the same name\n"));
}

TEST_F(InventoryCommand, ImportNamesItsGroupAsTheInventoryDoes) {
  const Outcome made = run({"import", "--from", "etc-ips", file("ips", ips(1, 2)), "--group",
                            "web42\u00a0", "--parent", " r\u200b1", "-p", "80"});
  EXPECT_EQ(made.exit, 0) << made.err;
  EXPECT_THAT(made.out, HasSubstr("10.0.42.1-10.0.42.2,80,web42,,r1\n"));
}

TEST_F(InventoryCommand, ImportLetsAGroupLoseAFifthButNotMoreUnasked) {
  ASSERT_EQ(import_ips(ips(1, 20), {"-p", "80"}).exit, 0);
  ASSERT_EQ(import_ips(ips(1, 16), {}).exit, 0);
  const std::string before = text_of("fleet.csv");
  const Outcome refused = import_ips(ips(1, 12), {});
  EXPECT_EQ(refused.exit, 3);
  EXPECT_THAT(refused.err, HasSubstr("group 'web42' would lose 4 of its 16 addresses"));
  EXPECT_THAT(refused.out, HasSubstr("  - 10.0.42.13-10.0.42.16 (4)\n"));
  EXPECT_EQ(text_of("fleet.csv"), before);
  EXPECT_EQ(import_ips(ips(1, 12), {"--allow-shrink", "--dry-run"}).exit, 0);
  EXPECT_EQ(text_of("fleet.csv"), before);
  EXPECT_EQ(import_ips(ips(1, 12), {"--allow-shrink"}).exit, 0);
  EXPECT_THAT(text_of("fleet.csv"), HasSubstr("\n10.0.42.1-10.0.42.12,80,web42,"));
}

TEST_F(InventoryCommand, ImportKeepsModeAndSymbolicLink) {
  file("real.csv", "address,ports,group\n10.0.1.1,80,web1\n");
  ASSERT_EQ(::chmod(path("real.csv").c_str(), 0640), 0);
  std::filesystem::create_symlink(path("real.csv"), path("fleet.csv"));
  ASSERT_EQ(import_ips(ips(1, 2), {"-p", "80"}).exit, 0);
  EXPECT_TRUE(std::filesystem::is_symlink(path("fleet.csv")));
  EXPECT_THAT(text_of("real.csv"), HasSubstr("10.0.42.1-10.0.42.2,80,web42"));
  EXPECT_EQ(std::filesystem::status(path("real.csv")).permissions(), std::filesystem::perms{0640});
}

TEST_F(InventoryCommand, ImportOverwritesNothingAfterAnError) {
  struct Case {
    std::string_view description;
    std::string fleet;
    std::vector<std::string> words;
    std::string_view error;
  };
  const std::string good = "address,ports,group\n10.0.42.1,80,web41\n";
  const std::string source = file("ips", ips(1, 2));
  const std::string json = file("broken.json", "[\n {\"ifname\": ");
  const Case cases[] = {
      {"does not parse",
       "address,ports,group\n10.0.1.1,80,web1\n10.0.1.x,80,web1\n",
       {"--from", "etc-ips", source, "--group", "web42", "-p", "80"},
       "fleet.csv:3:1: '10.0.1.x' is not an IP address"},
      {"is no CSV",
       "10.0.1.1:80\n",
       {"--from", "etc-ips", source, "--group", "web42", "-p", "80"},
       "fleet.csv:1:1: not a CSV inventory"},
      {"an address of another group",
       good,
       {"--from", "etc-ips", source, "--group", "web42", "-p", "80"},
       "not written, for the result would be wrong"},
      {"malformed JSON",
       good,
       {"--from", "ip-addr", json, "--group", "web42"},
       "broken.json:2:13: not valid JSON"},
      {"no such source",
       good,
       {"--from", "ip-addr", path("none"), "--group", "web42"},
       "cannot be opened"},
      {"unknown source",
       good,
       {"--from", "ifconfig", source, "--group", "web42"},
       "'ifconfig' is none of ip-addr|etc-ips|file-sd|csv"},
      {"no group", good, {"--from", "etc-ips", source}, "which group?"},
      {"empty group", good, {"--from", "etc-ips", source, "--group", ""}, "which group?"},
      {"an escape in the note",
       good,
       {"--from", "etc-ips", source, "--group", "web42", "--note", "a\x1b[2J"},
       "--note: control character"},
      {"no ports", good, {"--from", "etc-ips", source, "--group", "web42"}, "say them with -p"},
      {"bad ports", good, {"--from", "etc-ips", source, "--group", "web42", "-p", "0"}, "-p: "},
      {"main elsewhere", good, {"--from", "csv", source, "--main", "10.0.0.1"}, "--main: only"},
      {"interface elsewhere", good, {"--from", "csv", source, "--interface", "e"}, "--interface: "},
      {"label elsewhere", good, {"--from", "csv", source, "--group-label", "e"}, "--group-label: "},
      {"not an address",
       good,
       {"--from", "etc-ips", source, "--group", "web42", "--main", "10.0.0.0/8", "-p", "80"},
       "--main: '10.0.0.0/8' is not an address"},
      {"all excluded",
       good,
       {"--from", "etc-ips", source, "--group", "web42", "--exclude", "10.0.0.0/8", "-p", "80"},
       "every address of group 'web42' is excluded"},
  };
  for (const Case& each : cases) {
    file("fleet.csv", each.fleet);
    std::vector<std::string> words{"import", "--into", path("fleet.csv")};
    words.insert(words.end(), each.words.begin(), each.words.end());
    const Outcome outcome = run(words);
    EXPECT_EQ(outcome.exit, 3) << each.description;
    EXPECT_THAT(outcome.err, HasSubstr(each.error)) << each.description;
    EXPECT_EQ(text_of("fleet.csv"), each.fleet) << each.description;
  }
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    EXPECT_THAT(entry.path().filename().string(),
                testing::AnyOf("fleet.csv", "ips", "broken.json"));
  }
}

TEST_F(InventoryCommand, ImportWithoutIntoWritesTheCsvToStandardOutput) {
  const Outcome outcome =
      run({"import", "--from", "file-sd", "--group-label", "srv",
           file("sd.json", R"([{"targets":["10.0.2.1:80"],"labels":{"srv":"web2"}},
                               {"targets":["10.0.1.1:80"],"labels":{"srv":"web1"}}])")});
  EXPECT_EQ(outcome.exit, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "address,ports,group,expect\n10.0.1.1,80,web1,\n10.0.2.1,80,web2,\n");
}

TEST_F(InventoryCommand, ImportTakesAnotherInventoryByGroupOrWhole) {
  const std::string source =
      file("other.csv", "address,ports,group,expect\n10.0.1.1,80,web1,\n10.0.2.1,22,web2,bound\n");
  const std::string list = file("list.txt", "10.0.3.1\n10.0.4.1:443\n");
  const std::string header = "address,ports,group,expect\n";
  EXPECT_EQ(run({"import", "--from", "csv", source}).out,
            header + "10.0.1.1,80,web1,open\n10.0.2.1,22,web2,bound\n");
  EXPECT_EQ(run({"import", "--from", "csv", source, "--group", "web2"}).out,
            header + "10.0.2.1,22,web2,bound\n");
  EXPECT_THAT(run({"import", "--from", "csv", source, "--group", "wbe2"}).err,
              HasSubstr("unknown group 'wbe2'; the nearest names are 'web2'"));
  EXPECT_EQ(run({"import", "--from", "csv", list, "--group", "web3", "-p", "80"}).out,
            header + "10.0.3.1,80,web3,open\n10.0.4.1,443,web3,open\n");
}

TEST_F(InventoryCommand, CheckSaysHowMuchIsInItOrWhereItIsWrong) {
  const std::string good =
      file("a.csv", "address,ports,group\n10.0.1.0/30,80;443,web1\n10.0.1.1,80,web1\n");
  EXPECT_EQ(run({"check", good}).out,
            good + ": 1 group, 4 addresses, 8 targets; 1 target named more than once\n");
  const std::string bad =
      file("b.csv", "address,ports,group\n10.0.1.1,80,web1\n10.0.1.2,8O,web1\n10.0.1.x,80,web1\n");
  const Outcome outcome = run({"check", bad});
  EXPECT_EQ(outcome.exit, 3);
  EXPECT_THAT(outcome.err, HasSubstr("b.csv:3:10: '8O' is not a port"));
  EXPECT_THAT(outcome.err, HasSubstr("b.csv:4:1: '10.0.1.x' is not an IP address"));
  EXPECT_THAT(run({"show", bad}).err, Not(HasSubstr("b.csv:4:")));
  EXPECT_THAT(run({"check", good, "--notes", path("none")}).err, HasSubstr("notes: "));
  EXPECT_EQ(run({"check"}).exit, 3);
}

TEST_F(InventoryCommand, ShowIsBoundedInTextAndCompleteInJson) {
  std::string text = "address,ports,group\n";
  for (int i = 0; i < 60; ++i) {
    text += "10.0." + std::to_string(i) + ".1,80,web" + std::to_string(100 + i) + "\n";
  }
  const std::string fleet = file("a.csv", text);
  const Outcome shown = run({"show", fleet});
  EXPECT_EQ(shown.exit, 0);
  EXPECT_THAT(shown.out, HasSubstr("web149       1  ports 80  10.0.49.1\n... and 10 more groups; "
                                   "--all lists every one\n\n60 groups, 60 addresses, 60 targets\n"
                                   "ports: 80 (60)\nexpectations: 60 open, 0 bound\n"));
  EXPECT_THAT(run({"show", fleet, "--all"}).out, HasSubstr("web159"));
  EXPECT_THAT(run({"show", fleet, "--format", "json"}).out, HasSubstr("\"group\":\"web159\""));
}

TEST_F(InventoryCommand, ShowTellsNotesParentsAndOverlaps) {
  const std::string fleet = file("a.csv",
                                 "address,ports,group,expect,parent,note\n"
                                 "10.0.1.1-10.0.1.3,80,web1,,r1,run it twice\n"
                                 "10.0.1.3,22,web2,bound,,\n");
  EXPECT_EQ(run({"show", fleet}).out,
            "web1       3  ports 80  in r1  10.0.1.1-10.0.1.3\n      note: run it twice\n"
            "web2       1  ports 22 bound  10.0.1.3\n\n"
            "2 groups, 4 addresses, 4 targets\nports: 22 (1), 80 (3)\n"
            "expectations: 3 open, 1 bound\nparents: r1 (1 group); 1 group without\n"
            "in several groups, on different ports:\n  web1, web2: 10.0.1.3\n");
}

TEST_F(InventoryCommand, DiffExitsWith1WhenTheyDiffer) {
  const std::string old_file = file("old.csv", "address,ports,group\n10.0.1.1-10.0.1.4,80,web1\n");
  const std::string new_file =
      file("new.csv", "address,ports,group\n10.0.1.2-10.0.1.4,80;443,web1\n10.0.2.1,80,web2\n");
  const Outcome same = run({"diff", old_file, old_file});
  EXPECT_EQ(same.exit, 0);
  EXPECT_EQ(same.out, "no difference in 1 group\n");
  const Outcome differ = run({"diff", old_file, new_file});
  EXPECT_EQ(differ.exit, 1);
  EXPECT_EQ(differ.out,
            "web1  4 -> 3 addresses\n  - 10.0.1.1 (1)\n  ~ 10.0.1.2-10.0.1.4: 80 -> 80;443\n"
            "web2  new, 1 address\n  + 10.0.2.1 (1)\n"
            "2 groups differ, 0 do not: 1 address added, 1 address removed\n");
  EXPECT_THAT(run({"diff", old_file, new_file, "--format", "json"}).out,
              HasSubstr("{\"schema\":\"rollcall.inventory-diff/1\",\"equal\":false"));
  EXPECT_EQ(run({"diff", old_file, path("none")}).exit, 3);
  EXPECT_EQ(run({"diff", old_file}).exit, 3);
}

TEST_F(InventoryCommand, EveryHelpHasExamplesAndExitCodes) {
  for (const std::string command : {"import", "check", "show", "diff"}) {
    const Outcome help = run({command, "--help"});
    EXPECT_EQ(help.exit, 0) << command;
    EXPECT_THAT(help.out, HasSubstr("Exit: 0")) << command;
    EXPECT_THAT(help.out, HasSubstr("Examples:\n  ")) << command;
    EXPECT_THAT(help.out, HasSubstr("rollcall inventory " + command)) << command;
  }
}

}  // namespace
}  // namespace rollcall::cli

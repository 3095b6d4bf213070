// Whole renderings, compared byte by byte with tests/golden/render (see the README there).
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/cli/render/sweep_fixture.h"

namespace rollcall::cli {
namespace {

using inventory::Expect;
using verdict::Fate;
using verdict::Fleet;

Swept all_up() {
  return sweep_of(Fleet()
                      .group("web41")
                      .add("10.0.41.1", 2, Fate::kOpens)
                      .group("web42")
                      .add("10.0.42.1", 1, Fate::kOpens)
                      .add("10.0.42.2", 1, Fate::kRefuses, 22, Expect::kBound));
}

// A server whose address script stopped after .217.
Swept partial() {
  return sweep_of(Fleet()
                      .group("web41")
                      .add("10.0.41.1", 3, Fate::kOpens)
                      .group("web42")
                      .add("10.0.42.1", 217, Fate::kOpens)
                      .add("10.0.42.218", 37, Fate::kSilent));
}

Swept down() {
  return sweep_of(Fleet()
                      .group("a-long-server-name.example.net")
                      .add("10.0.41.1", 3, Fate::kUnreachable)
                      .group("web42")
                      .add("10.0.42.1", 2, Fate::kSilent)
                      .add("10.0.42.9", 1, Fate::kSilent)
                      .group("web43")
                      .add("10.0.43.1", 2, Fate::kOpens)
                      .add("10.0.43.3", 1, Fate::kSilent));
}

Swept service_down() {
  return sweep_of(Fleet()
                      .group("web03")
                      .add("10.0.43.1", 4, Fate::kRefuses)
                      .group("web04")
                      .add_ports("10.0.44.1", {{80, Fate::kOpens}, {443, Fate::kRefuses}})
                      .add_ports("10.0.44.2", {{80, Fate::kOpens}, {443, Fate::kSilent}})
                      .add_ports("10.0.44.3", {{80, Fate::kRefuses}, {443, Fate::kRefuses}}));
}

Swept inconclusive() {
  Swept swept = sweep_of(Fleet()
                             .group("web41")
                             .add("10.0.41.1", 2, Fate::kOpens)
                             .add("10.0.41.3", 2, Fate::kInterrupted)
                             .group("web42")
                             .add("10.0.42.1", 3, Fate::kNotSent)
                             .group("web43")
                             .add_ports("10.0.43.1", {{80, Fate::kOpens}, {443, Fate::kNotSent}})
                             .group("web44")
                             .add("10.0.44.1", 2, Fate::kOpens)
                             .add("10.0.44.3", 1, Fate::kSilent));
  swept.result.conclusive = false;
  swept.result.inconclusive_reasons = {"812 replies were dropped in the capture ring; lower --rate",
                                       "the sweep was interrupted after 9 of 12 targets"};
  swept.result.path.send_errors = 3;
  swept.result.path.capture_drops = 812;
  swept.result.path.late = 2;
  return swept;
}

Swept no_recheck() {
  Swept swept = sweep_of(Fleet({.attempts = 3, .recheck_rounds = 0, .local_retries = 0})
                             .group("web42")
                             .add("10.0.42.1", 3, Fate::kOpens)
                             .add("10.0.42.4", 2, Fate::kSilent));
  swept.result.rechecked = false;
  return swept;
}

// Names that try to break out of each format.
Swept hostile() {
  Swept swept = sweep_of(Fleet()
                             .group("\x1b[2Jweb\r\n\"42\",\t")
                             .add("10.0.42.1", 1, Fate::kSilent)
                             .group("=cmd|' /C calc'!A1")
                             .add("10.0.43.1", 1, Fate::kRefuses)
                             .group("not utf-8: \xff\xc0\x80 \xed\xa0\x80 \xf5")
                             .add("10.0.44.1", 1, Fate::kSilent)
                             .group("\u202egro.elpmaxe\u202c \u0085\u200b</script>")
                             .add("10.0.45.1", 1, Fate::kSilent)
                             .group("Zürich-東京")
                             .add("10.0.46.1", 1, Fate::kSilent));
  swept.result.conclusive = false;
  swept.result.inconclusive_reasons = {"interface \x1b[31meth0\x07 went down"};
  return swept;
}

Swept ipv6() {
  return sweep_of(Fleet()
                      .group("web42")
                      .add("2001:db8:42::1", 9, Fate::kOpens, 443)
                      .add("2001:db8:42::a", 7, Fate::kSilent, 443)
                      .group("web43")
                      .add("2001:db8:43::1", 2, Fate::kRefuses, 443)
                      .add("2001:db8:43::9", 1, Fate::kRefuses, 443));
}

// Forty servers of one rack without power, and elsewhere one that half came up.
Swept rack_down() {
  Fleet fleet;
  fleet.group("web00", "rack6").add("10.0.0.1", 254, Fate::kOpens);
  for (std::uint32_t i = 1; i <= 40; ++i) {
    fleet
        .group(fmt::format("web{:02}", i), "rack7", i == 3 ? "powers on only from its own PDU" : "")
        .add(Address::from_v4(0x0a000001 + 256 * i).to_string(), 3, Fate::kSilent);
  }
  fleet.group("web41", "rack8", "after a reboot run ipaliases twice")
      .add("10.0.41.1", 200, Fate::kOpens)
      .add("10.0.41.201", 54, Fate::kUnreachable);
  return sweep_of(fleet.group("db1", "rack9").add("10.1.0.1", 1, Fate::kSilent));
}

Swept everything_down() {
  return sweep_of(Fleet()
                      .group("web41", "rack7")
                      .add("10.0.41.1", 3, Fate::kSilent)
                      .group("web42", "rack7", "note one\r\nand two")
                      .add("10.0.42.1", 3, Fate::kSilent)
                      .group("mail", "rack8")
                      .add("10.0.50.1", 1, Fate::kUnreachable));
}

// Names and notes that try to break out of the lines of parents and notes.
Swept hostile_parent() {
  return sweep_of(Fleet()
                      .group("web41", "\x1b[2Jrack\n7", "\x1b]0;owned\x07\nnot\u202ea line")
                      .add("10.0.41.1", 1, Fate::kSilent)
                      .group("\r\"42\"", "\x1b[2Jrack\n7", "plain")
                      .add("10.0.42.1", 1, Fate::kSilent)
                      .group("web43", "\xff", "half a letter: \xe6\x9d")
                      .add("10.0.43.1", 1, Fate::kSilent)
                      .group("up")
                      .add("10.0.44.1", 1, Fate::kOpens));
}

// Every kind of failure side by side.
Swept many_troubles() {
  return sweep_of(Fleet()
                      .group("web01")
                      .add("10.0.1.1", 254, Fate::kOpens)
                      .group("web02", "", "ask Zürich before touching the switch")
                      .add("10.0.2.1", 90, Fate::kOpens)
                      .add("10.0.3.1", 90, Fate::kSilent)
                      .add("10.0.4.1", 90, Fate::kOpens)
                      .group("web03")
                      .add("10.0.5.1", 9, Fate::kOpens)
                      .add("2001:db8:5::1", 9, Fate::kSilent)
                      .group("web04")
                      .add_ports("10.0.6.1", {{80, Fate::kOpens}, {443, Fate::kRefuses}})
                      .add_ports("10.0.6.2", {{80, Fate::kOpens}, {443, Fate::kRefuses}})
                      .add("10.0.6.3", 5, Fate::kOpens)
                      .group("mail")
                      .add_ports("10.0.7.1", {{25, Fate::kRefuses}, {993, Fate::kRefuses}})
                      .add_ports("10.0.7.2", {{25, Fate::kRefuses}, {993, Fate::kRefuses}}));
}

struct GoldenCase {
  const char* name;
  Swept (*swept)();
  bool all = false;
};

constexpr GoldenCase kCases[] = {
    {"all_up", all_up},
    {"all_up_all", all_up, true},
    {"partial", partial},
    {"down", down},
    {"down_all", down, true},
    {"service_down", service_down},
    {"inconclusive", inconclusive},
    {"no_recheck", no_recheck},
    {"hostile", hostile},
    {"ipv6", ipv6},
    {"rack_down", rack_down},
    {"rack_down_all", rack_down, true},
    {"everything_down", everything_down},
    {"everything_down_all", everything_down, true},
    {"hostile_parent", hostile_parent},
    {"many_troubles", many_troubles},
};

struct FormatCase {
  Format format;
  const char* extension;
};

constexpr FormatCase kFormats[] = {{Format::kText, "txt"},
                                   {Format::kJson, "json"},
                                   {Format::kNdjson, "ndjson"},
                                   {Format::kCsv, "csv"}};

void expect_golden(const std::string& file, const std::string& actual) {
  const std::string path = std::string(ROLLCALL_GOLDEN_DIR "/render/") + file;
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << actual;
    return;
  }
  std::ifstream in(path, std::ios::binary);
  ASSERT_TRUE(in.good()) << path
                         << " is missing; tests/golden/render/README.md says how to make it";
  const std::string expected{std::istreambuf_iterator<char>(in), {}};
  EXPECT_EQ(actual, expected) << path;
}

TEST(RenderGolden, EveryFormatOfEveryCaseIsAsRecorded) {
  for (const GoldenCase& test : kCases) {
    const Swept swept = test.swept();
    for (const auto& [format, extension] : kFormats) {
      expect_golden(std::string(test.name) + "." + extension, rendered(swept, format, test.all));
    }
  }
}

TEST(RenderGolden, EveryDocumentAndEveryLineIsValidJson) {
  for (const GoldenCase& test : kCases) {
    const Swept swept = test.swept();
    EXPECT_TRUE(nlohmann::json::accept(rendered(swept, Format::kJson, test.all))) << test.name;
    std::istringstream lines(rendered(swept, Format::kNdjson, test.all));
    for (std::string line; std::getline(lines, line);) {
      EXPECT_TRUE(nlohmann::json::accept(line)) << test.name << ": " << line;
    }
  }
}

}  // namespace
}  // namespace rollcall::cli

// Tests the error messages for files that operators pass instead of an inventory.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <array>
#include <filesystem>
#include <thread>

#include "engine/base/fd.h"
#include "engine/inventory/import/source.h"
#include "engine/inventory/parse/parse_target.h"
#include "engine/inventory/text/byte_source.h"
#include "engine/inventory/text/csv_document.h"
#include "inventory_testing.h"

namespace rollcall::inventory {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(ForeignText, IsNamedWithItsFixOnTheFirstLine) {
  const std::string commas =
      "; save the file with commas (several ports in one field keep their semicolons: 80;443)";
  const std::string markup = "this is HTML or XML and no inventory";
  const struct {
    std::string_view description;
    std::string_view text;
    std::string error;
  } cases[] = {
      {"semicolons", "address;ports;group\n10.0.0.1;80;web1\n",
       "fleet:1:8: the fields are separated by semicolons" + commas},
      {"semicolons, in capitals", "Group; Address\nweb1;10.0.0.1\n",
       "fleet:1:6: the fields are separated by semicolons" + commas},
      {"tabs", "address\tports\n10.0.0.1\t80\n",
       "fleet:1:8: the fields are separated by tabs" + commas},
      {"quotes and tabs", "\"group\"\t\"address\"\n",
       "fleet:1:8: the fields are separated by tabs" + commas},
      {"a table of a database", " address | ports\n---------+---\n",
       "fleet:1:10: the fields are separated by vertical bars" + commas},
      {"a spreadsheet's line", "sep=;\naddress;ports\n",
       "fleet:1:1: a line for spreadsheet programs; remove it, and save the file with commas "
       "between the fields"},
      {"the same with commas", "SEP=,\naddress,ports\n", "fleet:1:1: a line for spreadsheet"},
      {"a login page", "<!DOCTYPE html>\n<html>\n", "fleet:1:1: " + markup},
      {"XML behind a byte order mark", "\ufeff\n  <?xml version=\"1.0\"?>\n",
       "fleet:2:3: " + markup},
  };
  for (const auto& each : cases) {
    const std::string error = error_of(each.text);
    EXPECT_THAT(error, HasSubstr(each.error)) << each.description;
    EXPECT_THAT(error, testing::Not(HasSubstr("\n"))) << each.description;
  }
  // A list with ports, and a CSV row with several, are none of these.
  EXPECT_THAT(lines_of(load("10.0.0.1:80 # address;ports\n").table),
              ElementsAre("10.0.0.0/24 10.0.0.1 80 open"));
  EXPECT_EQ(load("address,ports\n10.0.0.1,80;443\n").table.size(), 2u);
}

TEST(ForeignText, RowsOfCommasAloneAreBlankLines) {
  const std::string text = "address,ports,group\n10.0.0.1,80,web1\n,,\n , ,\n,\n10.0.0.2,80,web1\n";
  EXPECT_EQ(load(text).table.size(), 2u);
  EXPECT_THAT(error_of("address,ports\n10.0.0.1,80\n,80\n"), HasSubstr("fleet:3:1: the address"));
  EXPECT_THAT(error_of("address,ports\n10.0.0.1,80\n\"\",\n"), HasSubstr("fleet:3:2: the address"));
  const auto document = CsvDocument::parse("fleet", "address,ports,group\n,,\n");
  ASSERT_TRUE(document) << document.error().to_string();
  EXPECT_FALSE(document->has_rows());
}

TEST(ForeignText, LabelsThatAreNullAreNotThere) {
  EXPECT_THAT(lines_of(load(R"([{"targets":["10.0.0.1:80"],"labels":{"group":"web1","rack":null}},)"
                            R"({"targets":["10.0.1.1:80"],"labels":null},)"
                            R"({"targets":["10.0.2.1:80"],"labels":{"group":null}}])")
                           .table),
              ElementsAre("web1 10.0.0.1 80 open", "10.0.1.0/24 10.0.1.1 80 open",
                          "10.0.2.0/24 10.0.2.1 80 open"));
  EXPECT_THAT(error_of(R"([{"targets":null}])"), HasSubstr("'targets' is null"));
  EXPECT_THAT(error_of(R"([{"targets":["10.0.0.1:80"],"labels":{"rack":4}}])"),
              HasSubstr("label 'rack' is a number; write a string"));
  const auto imported =
      import_file_sd({"sd", R"([{"targets":["10.0.0.1:80"],"labels":null}])"}, {"web1", ""});
  ASSERT_TRUE(imported) << imported.error().to_string();
  EXPECT_EQ(imported->groups[0].targets.size(), 1u);
}

TEST(ForeignText, AnIpv4AddressInIpv6FormIsNamedAsWhatItIs) {
  const std::string fix = "is an IPv4 address in IPv6 form; write 10.0.0.1";
  for (const char* text : {"::ffff:10.0.0.1", "[::FFFF:10.0.0.1]:80", "::ffff:a00:1",
                           "::ffff:10.0.0.1-10.0.0.9", "0:0:0:0:0:ffff:10.0.0.1/128"}) {
    EXPECT_THAT(target_in(text).error().what, HasSubstr(fix)) << text;
  }
  EXPECT_THAT(target_in("::ffff:10.0.0.0/120").error().what, HasSubstr("write 10.0.0.0/24"));
  EXPECT_THAT(target_in("::10.0.0.1.2").error().what, HasSubstr("is not an IPv6 address"));
  EXPECT_FALSE(Address::parse_mapped("10.0.0.1"));
  EXPECT_FALSE(Address::parse_mapped("2001:db8::1"));
}

class NamedPipe : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "rollcall.XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    path_ = folder_ / "pipe";
    ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  // The text read from the pipe, or the error.
  std::string read_all() const {
    auto source = FileSource::open(path_, {.writer_ms = 1000, .silence_ms = 2000});
    if (!source) return source.error().to_string();
    std::string text;
    for (std::array<char, 16> buffer{};;) {
      const auto count = source->read(buffer);
      if (!count) return count.error().to_string();
      if (*count == 0) return text;
      text.append(buffer.data(), *count);
    }
  }

  std::filesystem::path folder_;
  std::string path_;
};

TEST_F(NamedPipe, ThatNobodyWritesToIsGivenUp) {
  EXPECT_THAT(read_all(), HasSubstr("is a pipe, and no program writes to it within 1 s"));
}

TEST_F(NamedPipe, WhoseWriterSaysNothingIsGivenUpToo) {
  const Fd silent(::open(path_.c_str(), O_RDWR | O_CLOEXEC));
  EXPECT_THAT(read_all(), HasSubstr("the program that holds it open wrote nothing for 2 s"));
  ASSERT_EQ(::write(silent.get(), "10.0.0.1\n", 9), 9);
  EXPECT_THAT(read_all(), HasSubstr("the program that holds it open wrote nothing for 2 s"));
}

TEST_F(NamedPipe, IsReadToItsEndHoweverSlowlyItComes) {
  std::jthread writer([this] {
    const Fd pipe(::open(path_.c_str(), O_WRONLY | O_CLOEXEC));
    for (const char* piece : {"10.0.0.1\n", "10.0.0.2\n"}) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1200));  // longer than for a writer
      EXPECT_EQ(::write(pipe.get(), piece, 9), 9);
    }
  });
  EXPECT_EQ(read_all(), "10.0.0.1\n10.0.0.2\n");
}

TEST_F(NamedPipe, ThatIsClosedWithoutAByteIsEmpty) {
  std::jthread writer([this] { const Fd pipe(::open(path_.c_str(), O_WRONLY | O_CLOEXEC)); });
  EXPECT_EQ(read_all(), "");
}

}  // namespace
}  // namespace rollcall::inventory

#include "cli/web/metrics/exposition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace rollcall::web {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Exposition, IsWhatTheAcceptFieldPrefers) {
  const struct {
    const char* description;
    const char* accept;
    Exposition expected;
  } kCases[] = {
      {"nothing", "", Exposition::kPrometheus},
      {"a browser", "text/html,application/xhtml+xml,*/*;q=0.8", Exposition::kPrometheus},
      {"curl", "*/*", Exposition::kPrometheus},
      {"Prometheus 2.42",
       "application/openmetrics-text;version=1.0.0,"
       "application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
       Exposition::kOpenMetrics},
      {"spaces and capitals",
       " Application/OpenMetrics-Text ; Version=1.0.0 ; Q=0.9 , text/plain;q=0.1",
       Exposition::kOpenMetrics},
      {"an older version alone", "application/openmetrics-text;version=0.0.1",
       Exposition::kPrometheus},
      {"any version", "application/openmetrics-text", Exposition::kOpenMetrics},
      {"plain text first", "application/openmetrics-text;q=0.3,text/plain;q=0.5",
       Exposition::kPrometheus},
      {"refused", "application/openmetrics-text;q=0", Exposition::kPrometheus},
      {"a quality that is none", "application/openmetrics-text;q=nan,*/*;q=1e9",
       Exposition::kPrometheus},
      {"separators alone", ";;;,,,=;=,", Exposition::kPrometheus},
  };
  for (const auto& test : kCases) {
    EXPECT_EQ(exposition_for(test.accept), test.expected) << test.description;
  }
}

TEST(Exposition, OpenMetricsNamesCountersFamiliesWithoutTheirSuffixAndEnds) {
  MetricFamilies families;
  families.counter("a_total", "said \"so\",\\ twice\nor more").add(3, {{"k", "v"}}).add(0.5);
  EXPECT_EQ(families.text(Exposition::kOpenMetrics),
            "# TYPE a counter\n"
            "# HELP a said \\\"so\\\",\\\\ twice\\nor more\n"
            "a_total{k=\"v\"} 3\n"
            "a_total 0.5\n"
            "# EOF\n");
  EXPECT_THAT(families.text(Exposition::kPrometheus), HasSubstr("# TYPE a_total counter\n"));
}

TEST(Exposition, HistogramsAreCumulativeAndTheirBoundsAreNoIntegersInOpenMetrics) {
  const std::uint32_t bounds[] = {100, 1'000'000};
  const std::uint64_t counts[] = {2, 0, 1};
  MetricFamilies families;
  families.histogram("h_seconds", "h", bounds, 1e6, counts, 7.25);
  EXPECT_EQ(families.text(Exposition::kOpenMetrics),
            "# TYPE h_seconds histogram\n"
            "# HELP h_seconds h\n"
            "h_seconds_bucket{le=\"0.0001\"} 2\n"
            "h_seconds_bucket{le=\"1.0\"} 2\n"
            "h_seconds_bucket{le=\"+Inf\"} 3\n"
            "h_seconds_count 3\n"
            "h_seconds_sum 7.25\n"
            "# EOF\n");
  EXPECT_THAT(families.text(Exposition::kPrometheus),
              HasSubstr("h_seconds_bucket{le=\"0.0001\"} 2\nh_seconds_bucket{le=\"1\"} 2\n"));
}

TEST(Exposition, LabelValuesCannotLeaveTheirQuotesNorTheLineInEitherFormat) {
  MetricFamilies families;
  families.gauge("g", "g").add(1, {{"group", "a\"} 1\nb\\ \x1b[2J\xff\u202e<script>"}});
  for (const auto exposition : {Exposition::kPrometheus, Exposition::kOpenMetrics}) {
    EXPECT_THAT(families.text(exposition),
                HasSubstr("g{group=\"a\\\"} 1\\\\x0ab\\\\ \\\\x1b[2J\\\\xff"
                          "\\\\xe2\\\\x80\\\\xae<script>\"} 1\n"));
  }
}

TEST(Exposition, NumbersThatAreNoneHaveTheirNames) {
  MetricFamilies families;
  families.gauge("g", "g").add(std::nan("")).add(HUGE_VAL).add(-HUGE_VAL).add(12345678901);
  EXPECT_THAT(families.text(Exposition::kOpenMetrics),
              HasSubstr("g NaN\ng +Inf\ng -Inf\ng 12345678901\n"));
}

TEST(Exposition, AFamilyWithoutSamplesStillHasItsTypeSoThatItsNameIsKnown) {
  MetricFamilies families;
  families.gauge("g", "g");
  EXPECT_THAT(families.text(Exposition::kPrometheus), HasSubstr("# TYPE g gauge\n"));
  EXPECT_THAT(families.text(Exposition::kPrometheus), Not(HasSubstr("\ng")));
}

}  // namespace
}  // namespace rollcall::web

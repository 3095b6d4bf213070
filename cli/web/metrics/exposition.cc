#include "cli/web/metrics/exposition.h"

#include <fmt/format.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <limits>
#include <sstream>

#include "engine/base/error.h"
#include "engine/base/text/printable.h"

namespace rollcall::web {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

constexpr std::string_view kTotal = "_total";

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// Removes the text before the separator, and returns it.
std::string_view take_until(std::string_view& text, char separator) {
  const auto at = text.find(separator);
  const std::string_view taken = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return trimmed(taken);
}

bool is_same(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

struct MediaRange {
  std::string_view type;
  std::string_view version;  // "": any
  double quality = 1;
};

MediaRange media_range(std::string_view text) {
  MediaRange range{.type = take_until(text, ';'), .version = {}};
  while (!text.empty()) {
    std::string_view value = take_until(text, ';');
    const std::string_view name = take_until(value, '=');
    if (is_same(name, "version")) range.version = value;
    if (is_same(name, "q")) {
      const auto [end, error] =
          std::from_chars(value.data(), value.data() + value.size(), range.quality);
      if (error != std::errc() || !(range.quality >= 0 && range.quality <= 1)) range.quality = 0;
    }
  }
  return range;
}

// OpenMetrics requires a float form for bounds, as "1.0" (section "Considerations: Canonical
// Numbers").
std::string bound_text(double bound) {
  if (std::isinf(bound)) return "+Inf";
  std::string text = fmt::format("{}", bound);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

std::string number_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Inf" : "+Inf";
  return fmt::format("{}", value);
}

void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
}

// "name{a="b",le="0.5"} 7"; `extra` is the bucket's additional label.
void append_sample(std::string& out, std::string_view name, const ClientMetric& metric,
                   std::string_view value, std::string_view extra = {}) {
  out += name;
  char separator = '{';
  for (const ClientMetric::Label& label : metric.label) {
    out += separator;
    out += label.name;
    out += "=\"";
    append_escaped(out, label.value);
    out += '"';
    separator = ',';
  }
  if (!extra.empty()) {
    out += separator;
    out += extra;
    separator = ',';
  }
  if (separator == ',') out += '}';
  out += ' ';
  out += value;
  out += '\n';
}

void append_histogram(std::string& out, const std::string& name, const ClientMetric& metric) {
  const ClientMetric::Histogram& histogram = metric.histogram;
  for (const ClientMetric::Bucket& bucket : histogram.bucket) {
    append_sample(out, name + "_bucket", metric, fmt::format("{}", bucket.cumulative_count),
                  fmt::format("le=\"{}\"", bound_text(bucket.upper_bound)));
  }
  append_sample(out, name + "_count", metric, fmt::format("{}", histogram.sample_count));
  append_sample(out, name + "_sum", metric, number_text(histogram.sample_sum));
}

// Replaces prometheus-cpp's serializer for OpenMetrics, which requires a counter's family name
// without _total, escapes in HELP, and "# EOF" at the end.
void append_open_metrics(std::string& out, const MetricFamily& family) {
  std::string name = family.name;
  if (family.type == MetricType::Counter) name.resize(name.size() - kTotal.size());
  const std::string_view type = family.type == MetricType::Counter ? "counter"
                                : family.type == MetricType::Gauge ? "gauge"
                                                                   : "histogram";
  fmt::format_to(std::back_inserter(out), "# TYPE {} {}\n# HELP {} ", name, type, name);
  append_escaped(out, family.help);
  out += '\n';
  for (const ClientMetric& metric : family.metric) {
    if (family.type == MetricType::Histogram) {
      append_histogram(out, name, metric);
    } else {
      const bool is_counter = family.type == MetricType::Counter;
      append_sample(out, family.name, metric,
                    number_text(is_counter ? metric.counter.value : metric.gauge.value));
    }
  }
}

}  // namespace

Exposition exposition_for(std::string_view accept) {
  double open_metrics = 0;
  double prometheus = 0;
  while (!accept.empty()) {
    const MediaRange range = media_range(take_until(accept, ','));
    const bool is_ours = range.version.empty() || range.version == "1.0.0";
    if (is_same(range.type, "application/openmetrics-text") && is_ours) {
      open_metrics = std::max(open_metrics, range.quality);
    } else if (is_same(range.type, "text/plain") || range.type == "text/*" || range.type == "*/*") {
      prometheus = std::max(prometheus, range.quality);
    }
  }
  return open_metrics > 0 && open_metrics >= prometheus ? Exposition::kOpenMetrics
                                                        : Exposition::kPrometheus;
}

std::string_view content_type(Exposition exposition) {
  return exposition == Exposition::kOpenMetrics
             ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
             : "text/plain; version=0.0.4; charset=utf-8";
}

MetricFamily& MetricFamilies::begin(std::string_view name, std::string_view help, MetricType type) {
  MetricFamily& family = families_.emplace_back();
  family.name = name;
  family.help = help;
  family.type = type;
  return family;
}

MetricFamilies& MetricFamilies::gauge(std::string_view name, std::string_view help) {
  begin(name, help, MetricType::Gauge);
  return *this;
}

MetricFamilies& MetricFamilies::counter(std::string_view name, std::string_view help) {
  ROLLCALL_CHECK(name.ends_with(kTotal));
  begin(name, help, MetricType::Counter);
  return *this;
}

MetricFamilies& MetricFamilies::add(double value, const Labels& labels) {
  MetricFamily& family = families_.back();
  ClientMetric& metric = family.metric.emplace_back();
  for (const auto& [name, text] : labels) {
    metric.label.push_back({std::string(name), printable(text)});
  }
  (family.type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
  return *this;
}

void MetricFamilies::histogram(std::string_view name, std::string_view help,
                               std::span<const std::uint32_t> bounds, double per_second,
                               std::span<const std::uint64_t> counts, double sum) {
  auto& histogram = begin(name, help, MetricType::Histogram).metric.emplace_back().histogram;
  std::uint64_t cumulative = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    cumulative += counts[i];
    const double bound =
        i < bounds.size() ? bounds[i] / per_second : std::numeric_limits<double>::infinity();
    histogram.bucket.push_back({cumulative, bound});
  }
  histogram.sample_count = cumulative;
  histogram.sample_sum = sum;
}

std::string MetricFamilies::text(Exposition exposition) const {
  if (exposition == Exposition::kPrometheus) {
    std::ostringstream out;
    prometheus::TextSerializer().Serialize(out, families_);
    return std::move(out).str();
  }
  std::string out;
  for (const MetricFamily& family : families_) append_open_metrics(out, family);
  out += "# EOF\n";
  return out;
}

}  // namespace rollcall::web

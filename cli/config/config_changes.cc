#include "cli/config/config_changes.h"

namespace rollcall::cli {

ConfigChanges changes_between(const Config& before, const Config& after) {
  ConfigChanges changes;
  const auto compare = [](const char* name, bool is_same, std::vector<std::string>& list) {
    if (!is_same) list.emplace_back(name);
  };
  compare("inventory", before.inventory == after.inventory, changes.taken);
  compare("canaries", before.canaries == after.canaries, changes.taken);
  compare("sweep.interval", before.sweep.intervals.fleet == after.sweep.intervals.fleet,
          changes.taken);
  compare("sweep.override", before.sweep.intervals.rules == after.sweep.intervals.rules,
          changes.taken);
  compare("sweep.group_rate", before.sweep.group_rate == after.sweep.group_rate, changes.taken);
  compare("judgement", before.judgement == after.judgement, changes.taken);
  compare("site", before.site == after.site, changes.waiting);
  compare("vantage", before.vantage == after.vantage, changes.waiting);
  compare("sweep.rate", before.sweep.rate == after.sweep.rate, changes.waiting);
  compare("sweep.interface", before.sweep.interface == after.sweep.interface, changes.waiting);
  compare("sweep.source", before.sweep.source == after.sweep.source, changes.waiting);
  compare("sweep.lane", before.sweep.lane == after.sweep.lane, changes.waiting);
  compare("history", before.history == after.history, changes.waiting);
  compare("alerts", before.alerts == after.alerts, changes.waiting);
  compare("http", before.http == after.http, changes.waiting);
  compare("log", before.log == after.log, changes.waiting);
  return changes;
}

void take_changeable(Config& config, const Config& from) {
  config.inventory = from.inventory;
  config.canaries = from.canaries;
  config.sweep.intervals = from.sweep.intervals;
  config.sweep.group_rate = from.sweep.group_rate;
  config.judgement = from.judgement;
}

bool builds_alike(const Config& a, const Config& b) {
  return a.inventory == b.inventory && a.canaries == b.canaries;
}

}  // namespace rollcall::cli

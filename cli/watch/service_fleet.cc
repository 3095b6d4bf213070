// How a Service comes by its fleet, and by another.

#include <fmt/format.h>

#include "cli/watch/service.h"

namespace rollcall::cli {

inventory::Notes Service::said_notes() const {
  inventory::Notes said;
  for (const auto& [group, note] : notes_) said[group] = note.text;
  return said;
}

// The sources as they are, or what is remembered where they are broken or have shrunk.
Result<void> Service::first_fleet(const Remembered& remembered) {
  std::optional<Loaded> old;
  if (remembered.inventory) {
    const auto texts = texts_from(remembered.inventory->text);
    auto fleet = texts ? build_fleet(config_, *texts, said_notes(), request_.seed)
                       : Result<Fleet>(std::unexpected(texts.error()));
    if (fleet) {
      old = Loaded{std::make_shared<const std::string>(remembered.inventory->text),
                   *std::move(fleet)};
    } else {
      log_.warning("the remembered inventory is of no use", {{"error", fleet.error().to_string()}});
    }
  }
  auto fresh = load({.rebuild = true}, said_notes(), nullptr, {});
  std::string why = fresh ? "" : fresh.error().to_string();
  if (fresh && old) {
    why = shrunk_too_much(*old->fleet, *fresh->fleet, config_.inventory.shrink_percent_max);
  }
  if (!fresh && !old) return std::unexpected(fresh.error());
  Loaded& chosen = why.empty() ? *fresh : *old;
  inventory_at_ = why.empty() ? clock_.wall() : remembered.inventory->at;
  fleet_ = *std::move(chosen.fleet);
  document_ = chosen.document;
  watch_.emplace(fleet_.table, config_.judgement);
  watch_->restore(remembered.snapshot, clock_.now());
  timetable_.emplace(*fleet_.table, config_.sweep.intervals, clock_.now());
  watch_->set_intervals(timetable_->lots());
  sight_.begin(*timetable_, *fleet_.table);
  glances_.begin(*fleet_.table, remembered.targets);
  facts_ = std::make_shared<const web::FleetFacts>(fleet_.table);
  if (!why.empty()) refuse_fleet(why);
  history::Batch batch;
  batch.inventory = history::StoredInventory{inventory_at_, *document_};
  chronicle_->record(std::move(batch));
  next_refresh_ = clock_.now() + config_.inventory.refresh;
  return {};
}

void Service::start_loading(LoadJob job) {
  if (load_.is_busy()) {
    if (loads_again_) {
      job.allow_shrink = job.allow_shrink || loads_again_->allow_shrink;
      job.rebuild = job.rebuild || loads_again_->rebuild;
    }
    loads_again_ = job;
    return;
  }
  load_job_ = job;
  loading_since_ = clock_.now();
  // A fleet that waits is newer than the one in use.
  const auto document = waiting_fleet_ ? waiting_fleet_->document : document_;
  load_.start([this, job, document, said = said_notes()](const std::stop_token& stop) {
    try {
      return load(job, said, document, stop);
    } catch (const std::exception& exception) {  // memory, above all
      return Result<Loaded>(fail(ErrorCode::kSystem, exception.what()));
    }
  });
}

// On a thread of its own: what it uses of the service never changes.
Result<Service::Loaded> Service::load(const LoadJob& job, const inventory::Notes& said,
                                      const std::shared_ptr<const std::string>& document,
                                      const std::stop_token& stop) const {
  auto texts = read_sources(config_.inventory, stop);
  if (!texts) return std::unexpected(texts.error());
  Loaded loaded{std::make_shared<const std::string>(to_document(*texts)), std::nullopt};
  if (loaded.document->size() > history::kInventoryBytesMax) {
    return fail(ErrorCode::kInput, fmt::format("the sources are longer than {} MB together",
                                               history::kInventoryBytesMax >> 20));
  }
  if (document && *document == *loaded.document && !job.rebuild) return loaded;
  auto fleet = build_fleet(config_, *texts, said, request_.seed);
  if (!fleet) return std::unexpected(fleet.error());
  loaded.fleet = *std::move(fleet);
  return loaded;
}

void Service::take_loaded(Result<Loaded> loaded) {
  next_refresh_ = clock_.now() + config_.inventory.refresh;
  const LoadJob job = load_job_;
  if (!loaded) {
    refuse_fleet(loaded.error().to_string());
  } else if (!loaded->fleet) {
    if (!inventory_problem_.empty()) log_.info("the inventory is as it was, and in order again");
    inventory_problem_.clear();
  } else if (const std::string why = job.allow_shrink
                                         ? ""
                                         : shrunk_too_much(fleet_, *loaded->fleet,
                                                           config_.inventory.shrink_percent_max);
             !why.empty()) {
    refuse_fleet(why + "; if that is right: POST /-/reload?allow_shrink=1");
  } else {
    waiting_fleet_ = *std::move(loaded);
  }
  if (!waiting_fleet_) supervisor_.ready(status_line());
  if (const auto again = std::exchange(loads_again_, std::nullopt)) start_loading(*again);
}

// Said once, and shown until it is mended.
void Service::refuse_fleet(const std::string& why) {
  if (inventory_problem_ != why) {
    log_.error("the inventory is refused; the last good one stays", {{"why", why}});
  }
  inventory_problem_ = why;
}

// Between two sweeps.
void Service::adopt_fleet() {
  if (!waiting_fleet_) return;
  const auto former = fleet_.table;
  glances_.adopt(*former, *waiting_fleet_->fleet->table);
  fleet_ = *std::move(waiting_fleet_->fleet);
  facts_ = std::make_shared<const web::FleetFacts>(fleet_.table);
  document_ = std::move(waiting_fleet_->document);
  waiting_fleet_.reset();
  const TimePoint now = clock_.now();
  const WallTime wall = clock_.wall();
  auto events = watch_->reload(fleet_.table, now, wall);
  timetable_ = watch::Timetable(*fleet_.table, config_.sweep.intervals, *timetable_, *former, now);
  watch_->set_intervals(timetable_->lots());
  sight_.adopt(*timetable_, *fleet_.table, *former, now);
  ask_again(now);
  inventory_at_ = wall;
  inventory_problem_.clear();
  history::Batch batch;
  batch.inventory = history::StoredInventory{wall, *document_};
  chronicle_->record(std::move(batch), std::move(events), watch_->snapshot(now));
  log_.info("another inventory is in use",
            {{"targets", std::to_string(fleet_.table->size())},
             {"groups", std::to_string(fleet_.table->groups().size())}});
  publish(true);
  supervisor_.ready(status_line());
}

}  // namespace rollcall::cli

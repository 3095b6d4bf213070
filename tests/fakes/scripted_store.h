// A history Store whose disk fails when a test says so. It records every committed batch.
#pragma once

#include <utility>
#include <vector>

#include "scheduler/history/store.h"

namespace rollcall::fakes {

// The disk: it outlives the store.
struct ScriptedDisk {
  std::vector<history::Batch> committed;
  bool open_fails = false;
  bool commit_fails = false;
  bool takes_it_and_fails = false;  // the batch is durable, but commit() returns an error
  Error error{ErrorCode::kSystem, 0, "the disk is broken"};
  int opened = 0;
  int tries = 0;
  bool wants_everything = false;
  history::FileId file{1, 1};
};

class ScriptedStore final : public history::Store {
 public:
  explicit ScriptedStore(ScriptedDisk& disk) : disk_(disk) {}

  Result<void> commit(const history::Batch& batch) override {
    ++disk_.tries;
    if (disk_.takes_it_and_fails) disk_.committed.push_back(batch);
    if (disk_.commit_fails || disk_.takes_it_and_fails) return std::unexpected(disk_.error);
    disk_.committed.push_back(batch);
    return {};
  }
  Result<history::PruneReport> prune(const history::Retention&, WallTime) override {
    return history::PruneReport{.rows = 1};
  }
  bool wants_everything() const override { return disk_.wants_everything; }
  history::FileId file() const override { return disk_.file; }
  std::vector<std::string> take_messages() override { return {}; }

 private:
  ScriptedDisk& disk_;
};

}  // namespace rollcall::fakes

// A fleet of 20 groups of 254 that breaks and heals at random, watched at 5 s in accelerated time.
//
// The promise under test: each break is exactly one incident, with the right ranges. Targets that a
// single sweep missed, a blackout hid or that never answered cause no incident. A failure prints
// the seed; ROLLCALL_SIM_SEED=n repeats it alone.

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <set>

#include "engine/base/random.h"
#include "tests/scheduler/watch/watched_fleet.h"

namespace rollcall::watch {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kGroups = 20;
constexpr std::uint32_t kPerGroup = 254;
constexpr std::uint32_t kPerRack = 5;
constexpr std::uint32_t kRackOfReboots = 3;  // its groups go down together, all other groups alone
constexpr int kBreaksOfARack = 10;
constexpr int kBreaksInAll = 200;
// Sound sweeps within which the watch must report every break and every recovery: 15 s of evidence,
// a sweep that saw half of the break, 15 s of waiting for more, and a margin for noise.
constexpr int kPatience = 12;
constexpr int kSettlingSweeps = 36;  // 3 minutes

enum class Kind { kPartial, kService, kDown, kRebootWithLoss };

struct Expected {
  std::string subject;
  IncidentScope scope = IncidentScope::kGroup;
  Trouble worst = Trouble::kPartial;
  std::vector<std::uint32_t> rows;  // missing or closed at the end
  bool after_reboot = false;
};

// One group, or one rack, that goes through its breaks one after another.
struct Actor {
  std::vector<std::uint32_t> groups;
  int breaks_left = 0;
  int wait = 0;  // sound sweeps until the next act
  enum class Stage { kWell, kBroken, kSettling, kHealing } stage = Stage::kWell;
  Kind kind = Kind::kPartial;
  Expected expected;
  std::optional<Expected> left;  // what a rack leaves behind
};

class Simulation {
 public:
  explicit Simulation(std::uint64_t seed)
      : random_(seed), fleet_(make_table(), patient()), before_(fleet_.fates) {
    for (std::uint32_t row = 0; row < fleet_.fates.size(); ++row) {
      if (random_.below(200) == 0) never_.insert(row);
    }
    for (const std::uint32_t row : never_) fleet_.fates[row] = Fate::kSilent;
    before_ = fleet_.fates;
    for (std::uint32_t group = 0; group < kGroups; ++group) {
      if (group / kPerRack != kRackOfReboots) actors_.push_back({.groups = {group}});
    }
    const int alone = kBreaksInAll - kBreaksOfARack;
    for (int i = 0; i < alone; ++i) ++actors_[i % actors_.size()].breaks_left;
    actors_.push_back({.groups = {15, 16, 17, 18, 19}, .breaks_left = kBreaksOfARack});
    for (Actor& actor : actors_) actor.wait = 6 + pick(30);
  }

  void run() {
    constexpr int kSweepsMax = 20000;
    for (int i = 0; i < kSweepsMax && !is_over(); ++i) {
      for (Actor& actor : actors_) act(actor);
      if (testing::Test::HasFatalFailure()) return;
      sweep();
      if (testing::Test::HasFatalFailure()) return;
    }
    ASSERT_TRUE(is_over());
    EXPECT_EQ(opened_, kBreaksInAll + left_behind_);
    EXPECT_EQ(ended_, opened_);
    // If noise or a blackout coincides with a break or a recovery, one address may be reported
    // after the others. Nearly always the first report is complete.
    EXPECT_LE(refined_, kBreaksInAll / 20);
    EXPECT_TRUE(fleet_.watch.open_incidents().empty());
    EXPECT_EQ(never_told(), never_.size());
  }

  int breaks() const { return breaks_; }

 private:
  static std::shared_ptr<const inventory::TargetTable> make_table() {
    std::vector<std::string> parents;
    for (std::uint32_t i = 0; i < kGroups; ++i) {
      parents.push_back("rack" + std::to_string(i / kPerRack));
    }
    return table_with_parents(fakes::consecutive_table(kGroups * kPerGroup, kPerGroup), parents);
  }
  // Flapping and grace periods have tests of their own.
  static Settings patient() {
    return {
        .flap_changes = 1000, .never_answered_after = 1000h, .never_answered_alone_after = 1000h};
  }

  int pick(std::uint32_t bound) { return static_cast<int>(random_.below(bound)); }

  bool is_over() const {
    return std::ranges::all_of(actors_, [](const Actor& actor) {
      return actor.breaks_left == 0 && actor.stage == Actor::Stage::kWell && actor.wait <= 0;
    });
  }

  std::size_t never_told() const {
    std::size_t never = 0;
    for (std::uint32_t i = 0; i < kGroups; ++i) {
      never += fleet_.watch.status_of({i}).figures.never_answered;
    }
    return never;
  }

  std::uint32_t groups_down() const {
    std::uint32_t down = 0;
    for (const Actor& actor : actors_) {
      const bool is_down = actor.kind == Kind::kDown || actor.kind == Kind::kRebootWithLoss;
      if (actor.groups.size() == 1 && is_down && actor.stage != Actor::Stage::kWell) ++down;
    }
    return down;
  }

  void act(Actor& actor) {
    if (--actor.wait > 0) return;
    switch (actor.stage) {
      case Actor::Stage::kWell:
        if (actor.breaks_left > 0) break_down(actor);
        break;
      case Actor::Stage::kBroken:
        if (actor.kind == Kind::kRebootWithLoss) return come_back_in_part(actor);
        check_told(actor.expected);
        heal(actor);
        break;
      case Actor::Stage::kSettling:
        actor.left ? check_told(*actor.left) : check_told(actor.expected);
        heal(actor);
        break;
      case Actor::Stage::kHealing:
        check_over(actor);
        break;
    }
  }

  void break_down(Actor& actor) {
    --actor.breaks_left;
    ++breaks_;
    actor.stage = Actor::Stage::kBroken;
    actor.wait = kPatience + pick(20);
    actor.left.reset();
    const bool is_rack = actor.groups.size() > 1;
    // At most four single groups: neither a rack of five nor the fleet must look down as a whole.
    const bool may_go_down = groups_down() < 4;
    actor.kind = is_rack ? (pick(2) == 0 ? Kind::kDown : Kind::kRebootWithLoss)
                         : static_cast<Kind>(pick(may_go_down ? 4 : 2));
    const std::string group = "g" + std::to_string(actor.groups[0]);
    actor.expected = {.subject = group, .rows = rows_to_break(actor)};
    if (is_rack) {
      actor.expected.subject = "rack" + std::to_string(kRackOfReboots);
      actor.expected.scope = IncidentScope::kParent;
    }
    if (actor.kind == Kind::kService) actor.expected.worst = Trouble::kServiceDown;
    if (actor.kind >= Kind::kDown) actor.expected.worst = Trouble::kDown;
    const Fate fate = actor.kind == Kind::kService ? Fate::kRefuses
                      : pick(2) == 0               ? Fate::kSilent
                                                   : Fate::kUnreachable;
    for (const std::uint32_t row : actor.expected.rows) fleet_.fates[row] = fate;
  }

  // Rows [first, last) of a group, without the targets that never answer.
  std::vector<std::uint32_t> rows_of(std::uint32_t group, std::uint32_t first,
                                     std::uint32_t last) const {
    std::vector<std::uint32_t> rows;
    for (std::uint32_t row = group * kPerGroup + first; row < group * kPerGroup + last; ++row) {
      if (!never_.contains(row)) rows.push_back(row);
    }
    return rows;
  }

  std::vector<std::uint32_t> rows_to_break(const Actor& actor) {
    std::vector<std::uint32_t> rows;
    if (actor.kind >= Kind::kDown) {
      for (const std::uint32_t group : actor.groups) {
        std::ranges::copy(rows_of(group, 0, kPerGroup), std::back_inserter(rows));
      }
      return rows;
    }
    return some_rows(actor.groups[0]);
  }

  // At least one of those that answer when all is well, and never all.
  std::vector<std::uint32_t> some_rows(std::uint32_t group) {
    const std::size_t all = rows_of(group, 0, kPerGroup).size();
    std::vector<std::uint32_t> rows;
    while (rows.empty() || rows.size() == all) rows = any_rows(group);
    return rows;
  }

  // A tail, a block, single addresses.
  std::vector<std::uint32_t> any_rows(std::uint32_t group) {
    const std::uint32_t first = 1 + random_.below(kPerGroup - 1);
    switch (pick(3)) {
      case 0:
        return rows_of(group, first, kPerGroup);
      case 1:
        return rows_of(group, first, first + 1 + random_.below(kPerGroup - first));
      default: {
        std::vector<std::uint32_t> rows = rows_of(group, 1, kPerGroup);
        const std::uint32_t share = 1 + random_.below(50);
        std::erase_if(rows, [&](std::uint32_t) { return random_.below(100) >= share; });
        return rows;
      }
    }
  }

  // The server answers again, but for some addresses.
  void come_back_in_part(Actor& actor) {
    check_told(actor.expected);
    const std::vector<std::uint32_t> lost = some_rows(actor.groups[0]);
    for (const std::uint32_t row : actor.expected.rows) fleet_.fates[row] = Fate::kOpens;
    for (const std::uint32_t row : lost) fleet_.fates[row] = Fate::kSilent;
    actor.stage = Actor::Stage::kSettling;
    actor.wait = kSettlingSweeps + kPatience + pick(10);
    if (actor.groups.size() == 1) {
      actor.expected.rows = lost;
      actor.expected.after_reboot = true;
    } else {
      ++left_behind_;
      actor.left = {.subject = "g" + std::to_string(actor.groups[0]),
                    .worst = Trouble::kPartialAfterReboot,
                    .rows = lost,
                    .after_reboot = true};
    }
  }

  void heal(Actor& actor) {
    for (const std::uint32_t group : actor.groups) {
      for (const std::uint32_t row : rows_of(group, 0, kPerGroup)) {
        fleet_.fates[row] = Fate::kOpens;
      }
    }
    actor.stage = Actor::Stage::kHealing;
    actor.wait = kPatience;
  }

  void check_told(const Expected& expected) {
    for (const Incident& incident : fleet_.watch.open_incidents()) {
      if (incident.subject != expected.subject) continue;
      EXPECT_EQ(incident.scope, expected.scope);
      EXPECT_EQ(incident.worst, expected.worst) << incident.sentence;
      EXPECT_EQ(incident.now == Trouble::kPartialAfterReboot, expected.after_reboot);
      const bool closed = expected.worst == Trouble::kServiceDown;
      EXPECT_EQ(closed ? incident.closed : incident.missing, ranges_of(expected.rows));
      const std::size_t groups = incident.groups.size();
      EXPECT_EQ(incident.expected, groups * kPerGroup - never_in(incident.groups));
      return;
    }
    FAIL() << "no incident of " << expected.subject << " after " << sweeps_ << " sweeps";
  }

  void check_over(Actor& actor) {
    for (const Incident& incident : fleet_.watch.open_incidents()) {
      ASSERT_NE(incident.subject, actor.expected.subject) << incident.sentence;
      if (!actor.left) continue;
      ASSERT_NE(incident.subject, actor.left->subject) << incident.sentence;
    }
    actor.stage = Actor::Stage::kWell;
    actor.wait = 1 + pick(30);
  }

  std::size_t never_in(const std::vector<std::string>& groups) const {
    return static_cast<std::size_t>(std::ranges::count_if(never_, [&](std::uint32_t row) {
      return std::ranges::find(groups, "g" + std::to_string(row / kPerGroup)) != groups.end();
    }));
  }

  std::vector<std::string> ranges_of(const std::vector<std::uint32_t>& rows) const {
    std::vector<AddressRange> ranges;
    for (const std::uint32_t row : rows) {
      // By hand, not by append_address(). A group's first address begins a range.
      const Address address = fleet_.table->rows()[row].address;
      const bool is_next = !ranges.empty() && ranges.back().last.plus(1) == address;
      if (is_next && row % kPerGroup != 0) {
        ranges.back().last = address;
      } else {
        ranges.push_back({address, address});
      }
    }
    std::vector<std::string> texts;
    for (const AddressRange& range : ranges) texts.push_back(range.to_string());
    return texts;
  }

  // A sweep sees the current fate of each target or, if the target changed during the sweep,
  // perhaps its former fate. A few answers are lost. Now and then a blackout hides the whole fleet
  // for a while.
  void sweep() {
    ++sweeps_;
    if (blind_ == 0 && random_.below(150) == 0) blind_ = 1 + pick(20);
    const std::vector<Fate> truth = fleet_.fates;
    if (blind_ > 0) {
      --blind_;
      see_nothing();
    } else {
      see(truth);
    }
    fleet_.fates = truth;
    before_ = truth;
  }

  void see(const std::vector<Fate>& truth) {
    for (std::size_t row = 0; row < truth.size(); ++row) {
      if (truth[row] != before_[row] && (random_() & 1) != 0) fleet_.fates[row] = before_[row];
    }
    for (int lost = pick(3); lost > 0; --lost) {
      fleet_.fates[random_.below(kGroups * kPerGroup)] = Fate::kSilent;
    }
    blackout_for_ = 0;
    const Changes changes = fleet_.sweep();
    for (const IncidentEvent& event : changes.incidents) note(event);
    ASSERT_EQ(unjudged_, 0);
  }

  void see_nothing() {
    for (Actor& actor : actors_) ++actor.wait;  // no verdict in a blackout
    const bool silent = pick(2) == 0;
    std::ranges::fill(fleet_.fates, silent ? Fate::kSilent : Fate::kNotSent);
    fleet_.sound = !silent;
    const Changes changes = fleet_.sweep();
    fleet_.sound = true;
    ASSERT_TRUE(changes.transitions.empty());
    for (const IncidentEvent& event : changes.incidents) {
      ASSERT_EQ(event.incident.now, Trouble::kCannotJudge) << event.incident.sentence;
      note(event);
    }
    // After two intervals and 30 s the watch must report the blackout.
    ASSERT_TRUE(++blackout_for_ <= 7 || unjudged_ == 1) << blackout_for_;
  }

  void note(const IncidentEvent& event) {
    const Incident& incident = event.incident;
    if (incident.now == Trouble::kCannotJudge) {
      if (event.change == IncidentChange::kOpened) ++unjudged_;
      if (event.change == IncidentChange::kEnded) --unjudged_;
      return;
    }
    switch (event.change) {
      case IncidentChange::kOpened: {
        ++opened_;
        const bool is_due = std::ranges::any_of(actors_, [&](const Actor& actor) {
          return actor.stage != Actor::Stage::kWell &&
                 (actor.expected.subject == incident.subject ||
                  (actor.left && actor.left->subject == incident.subject));
        });
        ASSERT_TRUE(is_due) << incident.id.value << " " << incident.sentence;
        ASSERT_TRUE(ids_.insert(incident.id.value).second) << incident.id.value;
        break;
      }
      case IncidentChange::kChanged:
        // A reboot that lost addresses has something to add.
        if (incident.now != Trouble::kPartialAfterReboot) ++refined_;
        break;
      case IncidentChange::kEnded:
        ++ended_;
        ASSERT_EQ(incident.absorbed_by.value, "");
        ASSERT_TRUE(ids_.contains(incident.id.value));
        break;
    }
  }

  Random random_;
  WatchedFleet fleet_;
  std::vector<Fate> before_;
  std::set<std::uint32_t> never_;
  std::vector<Actor> actors_;
  std::set<std::string> ids_;
  int blind_ = 0;
  int blackout_for_ = 0;  // sweeps
  int unjudged_ = 0;      // open incidents of what cannot be judged
  int breaks_ = 0;
  int left_behind_ = 0;
  int opened_ = 0;
  int ended_ = 0;
  int refined_ = 0;
  int sweeps_ = 0;
};

void simulate(std::uint64_t seed) {
  SCOPED_TRACE("ROLLCALL_SIM_SEED=" + std::to_string(seed));
  Simulation simulation(seed);
  simulation.run();
  if (testing::Test::HasFailure()) return;
  EXPECT_EQ(simulation.breaks(), kBreaksInAll);
}

TEST(WatchSimulation, TellsEveryBreakExactlyOnceWhateverTheSeed) {
  if (const char* seed = std::getenv("ROLLCALL_SIM_SEED")) {
    return simulate(std::strtoull(seed, nullptr, 10));
  }
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    simulate(seed);
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace rollcall::watch

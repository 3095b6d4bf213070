#include <fmt/format.h>

#include <thread>

#include "cli/web/api/action_json.h"
#include "cli/web/api/fleet_json.h"
#include "cli/web/api/routes.h"

namespace rollcall::web {
namespace {

using namespace std::chrono_literals;
using cli::Service;

constexpr auto kPatience = 5s;       // for the service's thread
constexpr auto kTestPatience = 25s;  // for receivers: a delivery under way, then the test
constexpr auto kLoadPatience = 60s;
constexpr auto kPoll = 50ms;

Response busy() {
  return problem(503, "the watch is busy or ending");
}

// Runs work on the service's thread; its result is the answer.
Response ask(Service& service, const std::function<Response()>& work) {
  Response response = busy();
  service.calls().run(
      [&] {
        try {
          response = work();
        } catch (const std::exception& exception) {  // out of memory: must not end the watch
          response = problem(500, exception.what());
        }
      },
      kPatience);
  return response;
}

template <typename T, typename Apply>
Response change(Service& service, Result<T> value, const Apply& apply) {
  if (!value) return problem(400, value.error().to_string());
  return ask(service, [&]() -> Response { return apply(*std::move(value)); });
}

Response add_silence(const Request& request, Service& service) {
  return change(service, silence_from(request.body, request.wall), [&](watch::Silence silence) {
    const auto added = service.add_silence(std::move(silence));
    if (!added) return problem(400, added.error().to_string());
    return json_answer(silence_json(*added, request.wall), 201);
  });
}

Response end_silence(const Request& request, Service& service) {
  return ask(service, [&] {
    const auto ended = service.end_silence(request.captured.front());
    if (!ended) return problem(404, ended.error().to_string());
    return json_answer(silence_json(*ended, request.wall));
  });
}

Response set_note(const Request& request, Service& service) {
  return change(service, note_from(request.body, request.wall), [&](const watch::Note& note) {
    const auto set = service.set_note(note);
    if (!set) return problem(400, set.error().to_string());
    return json_answer(note_json(note));
  });
}

Response verified(const Request& request, Service& service) {
  return change(service, verification_from(request.body, request.wall),
                [&](const watch::VerificationRecord& verification) {
                  const auto noted = service.verified(verification);
                  if (!noted) return problem(400, noted.error().to_string());
                  return json_answer({{"group", verification.group}}, 201);
                });
}

Response sweep_now(const Request& request, Service& service) {
  return change(service, group_to_sweep_from(request.body), [&](const std::string& group) {
    const auto targets = service.sweep_now(group);
    if (!targets) return problem(404, targets.error().to_string());
    return json_answer({{"targets", *targets}}, 202);
  });
}

std::string outcome_of(const alert::ReceiverStatus& before, const alert::ReceiverStatus& now) {
  return now.tests != before.tests ? now.last_test : "still on its way";
}

// Sends a test message to each receiver, and reports the result of each.
Response test_alerts(Service& service) {
  std::vector<alert::ReceiverStatus> before;
  std::vector<alert::ReceiverStatus> now;
  bool asked = service.calls().run(
      [&] {
        before = service.receivers();
        service.send_test();
      },
      kPatience);
  const auto is_over = [&] {
    for (std::size_t i = 0; i < now.size(); ++i) {
      if (now[i].tests == before[i].tests) return false;
    }
    return now.size() == before.size();
  };
  const auto deadline = std::chrono::steady_clock::now() + kTestPatience;
  while (asked && !is_over() && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(kPoll);
    asked = service.calls().run([&] { now = service.receivers(); }, kPatience);
  }
  if (!asked) return busy();
  Json list = Json::array();
  for (std::size_t i = 0; i < now.size(); ++i) {
    list.push_back({{"name", now[i].name}, {"outcome", outcome_of(before[i], now[i])}});
  }
  return json_answer({{"schema", "rollcall.alert-test/1"}, {"receivers", std::move(list)}});
}

Response reload(const Request& request, Service& service) {
  const cli::Accepted accepted{.shrink = request.find("allow_shrink") == "1",
                               .growth = request.find("allow_growth") == "1"};
  bool asked = service.calls().run([&] { service.reload(accepted); }, kPatience);
  bool is_over = false;
  std::string trouble;
  std::uint64_t targets = 0;
  const auto look = [&] {
    is_over = !service.is_reloading();
    trouble = service.inventory_problem();
    targets = service.targets();
  };
  const auto deadline = std::chrono::steady_clock::now() + kLoadPatience;
  while (asked && !is_over && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(kPoll);
    asked = service.calls().run(look, kPatience);
  }
  if (!asked) return busy();
  if (!is_over) return json_answer({{"reloading", true}}, 202);
  if (!trouble.empty()) return problem(422, trouble);
  return json_answer({{"targets", targets}});
}

}  // namespace

void add_action_routes(Router& router, Service& service) {
  const auto bound = [&service](Response (*act)(const Request&, Service&)) {
    return [&service, act](const Request& request) { return act(request, service); };
  };
  router.post("/api/v1/silences", bound(add_silence));
  router.remove("/api/v1/silences/{id}", bound(end_silence));
  router.post("/api/v1/notes", bound(set_note));
  router.post("/api/v1/verifications", bound(verified));
  router.post("/api/v1/sweeps", bound(sweep_now));
  router.post_slow("/api/v1/alerts/test",
                   [&service](const Request&) { return test_alerts(service); });
  router.post_slow("/-/reload", bound(reload), {"allow_shrink", "allow_growth"});
}

}  // namespace rollcall::web

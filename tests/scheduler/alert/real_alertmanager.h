// An Alertmanager on the loopback, which pages a sink of sinks.py at once about each group.
#pragma once

#include <curl/curl.h>
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <thread>

#include "tests/scheduler/alert/process.h"

namespace rollcall::alert::testing {

// The body of a GET; "" if it fails.
inline std::string get(const std::string& url) {
  std::string text;
  const auto append = [](char* data, std::size_t size, std::size_t count, void* to) {
    static_cast<std::string*>(to)->append(data, size * count);
    return size * count;
  };
  const std::unique_ptr<CURL, void (*)(CURL*)> easy(curl_easy_init(), curl_easy_cleanup);
  curl_easy_setopt(easy.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy.get(), CURLOPT_NOPROXY, "*");
  curl_easy_setopt(easy.get(), CURLOPT_TIMEOUT_MS, 5000L);
  curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION,
                   static_cast<std::size_t (*)(char*, std::size_t, std::size_t, void*)>(append));
  curl_easy_setopt(easy.get(), CURLOPT_WRITEDATA, &text);
  return curl_easy_perform(easy.get()) == CURLE_OK ? text : "";
}

inline bool eventually(const std::function<bool()>& condition,
                       std::chrono::milliseconds patience = std::chrono::seconds(20)) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (std::chrono::steady_clock::now() < deadline) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return condition();
}

// The firing alerts, from the API of the Alertmanager on that port; empty if it does not answer.
inline std::vector<nlohmann::json> firing(int port,
                                          const std::string& alertname = "RollcallGroup") {
  const auto all = nlohmann::json::parse(
      get(fmt::format("http://127.0.0.1:{}/api/v2/alerts", port)), nullptr, false);
  std::vector<nlohmann::json> found;
  if (!all.is_array()) return found;
  for (const auto& alert : all) {
    if (alert.at("labels").at("alertname") == alertname) found.push_back(alert);
  }
  return found;
}

class RealAlertmanager {
 public:
  // Returns when Alertmanager is ready. Creates `folder`, in which Alertmanager stores its state.
  RealAlertmanager(int port, int sink_port, const std::string& folder) {
    std::filesystem::create_directories(folder);
    std::ofstream(folder + "/am.yml") << fmt::format(
        "route: {{receiver: sink, group_by: [alertname, group, site], group_wait: 0s, "
        "group_interval: 1s, repeat_interval: 1h}}\n"
        "receivers: [{{name: sink, webhook_configs: [{{url: 'http://127.0.0.1:{}/taken'}}]}}]\n",
        sink_port);
    process_ = std::make_unique<Process>(std::vector<std::string>{
        "prometheus-alertmanager", "--config.file=" + folder + "/am.yml",
        "--storage.path=" + folder, fmt::format("--web.listen-address=127.0.0.1:{}", port),
        "--cluster.listen-address=", "--log.level=error"});
    const std::string ready = fmt::format("http://127.0.0.1:{}/-/ready", port);
    EXPECT_TRUE(eventually([&] { return get(ready) == "OK"; }))
        << "prometheus-alertmanager did not start; scripts/setup.sh installs it";
  }
  // Sends SIGTERM, so that it stores which pages it has sent, as at a restart. The destructor sends
  // SIGKILL.
  void terminate() { process_->terminate(); }

 private:
  std::unique_ptr<Process> process_;
};

}  // namespace rollcall::alert::testing

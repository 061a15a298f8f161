// Core: a network that is being joined: by a request that waits for it, or by the ticket that `init` left in the home.
#include <filesystem>

#include "daemon/core.h"
#include "store/private_file.h"

namespace budstikke::daemon {
namespace {

constexpr Millis kJoinWait{30'000};     // how long it is waited for a witness
constexpr Millis kTicketRetry{60'000};  // between two tries with the ticket in the home
constexpr std::size_t kMostTicketBytes = 16 * 1024;

}  // namespace

// --- Joining ---------------------------------------------------------------------------------------------------------

std::optional<ApiFailure> Core::begin_join(std::string_view text, const ApiServer::Client& client, std::int64_t id) {
  Result<Ticket> ticket = parse_ticket(text);
  if (!ticket) return failure(ApiError::BadTicket, ticket.error().text);
  if (now_.wall > ticket->expires) return failure(ApiError::TicketExpired, "the ticket has expired");
  if (Status status = node_->begin_join(*ticket, now_); !status) return network_failure(status.error());
  joining_ = Waiting{client, id, now_.steady + kJoinWait};
  joined_.reset();
  dialer_.set_ticket(*ticket);
  redial(true);
  return std::nullopt;
}

bool Core::join(const ApiServer::Incoming& incoming) {
  if (joining_ && joining_->client.empty()) end_join(true);  // a person comes before the ticket in the home
  const std::optional<ApiFailure> refused =
      joining_ ? failure(ApiError::AlreadyJoined, "another join is under way")
               : begin_join(incoming.request.args.text("ticket"), incoming.client, incoming.request.id);
  if (refused) replies_.push_back({incoming.client, ApiReply{incoming.request.id, *refused}, {}});
  return true;
}

void Core::end_join(bool cancelled) {
  joining_.reset();
  if (cancelled) node_->cancel_join();
  dialer_.clear_ticket();
}

void Core::finish_join(const std::optional<ApiFailure>& failed, const Network* network) {
  if (!joining_) return;
  ApiReply reply;
  reply.id = joining_->id;
  reply.failure = failed;
  if (network != nullptr) reply.result = network_api_->joined(*network);
  const bool by_ticket = joining_->client.empty();
  replies_.push_back({joining_->client, std::move(reply), {}});
  end_join(failed.has_value());
  redial(false);
  if (failed && by_ticket) return ticket_failed(*failed);
  if (!failed) drop_ticket();
}

// --- The ticket in the home ------------------------------------------------------------------------------------------

void Core::read_ticket() {
  const Result<Bytes> text = store::read_small_file(home_.ticket_file(), kMostTicketBytes);
  if (text) ticket_ = text_of(*text);
  if (!text && text.error().code != Code::NotFound) log(LogLevel::Warning, "ticket-unread", {{"reason", text.error().text}});
}

void Core::try_ticket() {
  if (ticket_.empty() || joining_ || read_only_ || now_.steady < next_ticket_try_) return;
  next_ticket_try_ = now_.steady + kTicketRetry;
  if (const std::optional<ApiFailure> failed = begin_join(ticket_, {}, 0)) ticket_failed(*failed);
}

void Core::ticket_failed(const ApiFailure& failed) {
  if (failed.code == ApiError::AlreadyJoined) return drop_ticket();  // it was used, and the node ended before it could note that
  const bool waits = failed.code == ApiError::Unreachable;
  if (!waits) drop_ticket();
  ticket_trouble_ = {waits ? "ticket-waits" : "ticket-refused", failed.message, std::string(text_of(failed.code))};
  if (waits) log(LogLevel::Info, "ticket-waits", {{"reason", failed.message}});
  if (!waits) log(LogLevel::Warning, "ticket-refused", {{"reason", failed.message}});
}

void Core::drop_ticket() {
  ticket_trouble_ = {};
  if (ticket_.empty()) return;
  ticket_.clear();
  std::error_code failed;
  std::filesystem::remove(home_.ticket_file(), failed);
  if (failed) log(LogLevel::Warning, "ticket-not-removed", {{"reason", failed.message()}});
}

}  // namespace budstikke::daemon

# Made by make docs from docs/openapi.json: change it there. For type checkers alone; it needs Python 3.11.
from typing import Any, NotRequired, TypedDict, Union

AccountFigures = TypedDict("AccountFigures", {
    "account": "str",
    "by": "NotRequired[str]",
    "from": "str",
    "groups": "NotRequired[list[Group]]",  # the figures of each value; they add up to the total
    "items": "NotRequired[list[FiguresItem]]",  # minutes, hours or days with figures, oldest first; others have none
    "per": "str",  # how long each item is: minute, hour or day of UTC
    "to": "str",
    "total": "Figures",
})

AccountItem = TypedDict("AccountItem", {
    "account": "str",
    "asleep": "NotRequired[bool]",  # nothing runs for the account until there is something to do, as of the last quarter of a minute
    "balance": "NotRequired[Credit]",  # the credit at Octopush when a worker last asked; absent where none has yet
    "budgets": "NotRequired[list[BudgetStanding]]",
    "counts": "NotRequired[dict[str, int]]",  # campaigns by their state, of those that a worker has touched
    "differences": "NotRequired[list[str]]",  # settings that the workers do not agree about, each as a sentence
    "hold": "NotRequired[Hold]",  # why no call is made; absent where calls are made
    "limits": "NotRequired[AccountLimits]",
    "oldest": "NotRequired[dict[str, float]]",  # for each stage, for how many seconds the task has been due that has been due longest
    "paused": "NotRequired[list[str]]",  # queues that somebody has paused
    "replaced": "NotRequired[list[str]]",  # when Redis was seen to be restarted or replaced, as long as nobody has vouched for it
    "rules": "NotRequired[RulesInForce]",  # what the account demands of each campaign, beside the settings of its workers
    "waiting": "NotRequired[int]",  # campaigns that wait for a worker, or for their time
    "window": "NotRequired[str]",  # when wholesale campaigns may go out; empty where no worker says it
    "workers": "NotRequired[list[WorkerStanding]]",
})

AccountLimits = TypedDict("AccountLimits", {
    "burst": "NotRequired[str]",  # calls that may come at once after a pause
    "max_in_flight": "NotRequired[str]",  # calls under way at once, or no limit
    "rate": "NotRequired[str]",  # calls a second, or no limit
})

AccountStanding = TypedDict("AccountStanding", {
    "account": "str",
    "asleep": "bool",  # nothing runs for the account until there is something to do, as of the last quarter of a minute
    "balance": "NotRequired[Credit]",  # the credit at Octopush when a worker last asked; absent where none has yet
    "budgets": "list[BudgetStanding]",
    "counts": "dict[str, int]",  # campaigns by their state, of those that a worker has touched
    "differences": "list[str]",  # settings that the workers do not agree about, each as a sentence
    "hold": "NotRequired[Hold]",  # why no call is made; absent where calls are made
    "limits": "AccountLimits",
    "oldest": "dict[str, float]",  # for each stage, for how many seconds the task has been due that has been due longest
    "paused": "list[str]",  # queues that somebody has paused
    "replaced": "list[str]",  # when Redis was seen to be restarted or replaced, as long as nobody has vouched for it
    "rules": "RulesInForce",  # what the account demands of each campaign, beside the settings of its workers
    "waiting": "int",  # campaigns that wait for a worker, or for their time
    "window": "str",  # when wholesale campaigns may go out; empty where no worker says it
    "workers": "list[WorkerStanding]",
})

AccountsAnswerBody = TypedDict("AccountsAnswerBody", {
    "items": "list[AccountItem]",
    "next": "NotRequired[str]",  # the cursor of the next page; absent on the last
})

ActionBody = TypedDict("ActionBody", {
    "account": "NotRequired[str]",
    "action": "NotRequired[str]",
    "dry_run": "NotRequired[bool]",  # true: nothing is touched yet
    "filter": "NotRequired[ActionFilter]",  # which campaigns are meant; it asks for something at least
    "plan": "NotRequired[str]",  # of a dry run; no other field stands beside it
    "reason": "NotRequired[str]",  # why, for the timelines; a rejection needs it
})

ActionFilter = TypedDict("ActionFilter", {
    "failure_class": "NotRequired[str]",  # those that are dead for this reason
    "id_part": "NotRequired[str]",  # those whose id contains this
    "id_prefix": "NotRequired[str]",  # those whose id begins so
    "labels": "NotRequired[dict[str, str]]",  # those with all of these labels
    "list_name": "NotRequired[str]",
    "since": "NotRequired[str]",  # those enqueued at this time or later
    "state": "NotRequired[list[str]]",  # those in one of these states
    "tag_name": "NotRequired[str]",
    "until": "NotRequired[str]",  # those enqueued before this time
})

ActionStatus = TypedDict("ActionStatus", {
    "account": "str",
    "action": "str",
    "begun_at": "str",
    "by": "str",  # who began it; timelines name the same
    "done": "int",  # how many were touched
    "ended_at": "NotRequired[str]",
    "failed": "int",  # how many refused the act, although they had not changed
    "id": "str",  # that of its plan
    "problems": "NotRequired[list[Untouched]]",  # why campaigns were not touched, of the first hundred
    "skipped": "int",  # how many had changed since the plan was made
    "state": "str",
    "total": "int",  # how many campaigns the plan has
})

AddTokenAnswerBody = TypedDict("AddTokenAnswerBody", {
    "changed_at": "str",
    "changed_by": "str",
    "created_at": "str",
    "expires_at": "NotRequired[str]",
    "grants": "list[Grant]",
    "id": "str",
    "kind": "str",
    "name": "str",
    "token": "str",  # shown this once; send it as Authorization: Bearer
})

AddTokenInputBody = TypedDict("AddTokenInputBody", {
    "expires_at": "NotRequired[str]",
    "grants": "list[Grant]",
    "kind": "NotRequired[str]",  # review: its campaigns wait for a person; simulate: they are never sent
    "name": "str",
})

AddUserInputBody = TypedDict("AddUserInputBody", {
    "grants": "list[Grant]",
    "name": "str",
    "password": "str",  # 12 characters at least
})

Addresses = TypedDict("Addresses", {
    "account": "str",
    "deliveries": "str",  # empty where Octopush reports none
    "optouts": "str",
    "replies": "str",
})

Alert = TypedDict("Alert", {
    "account": "str",
    "count": "NotRequired[int]",  # how many campaigns it is about
    "do": "str",  # what helps, mostly a command
    "kind": "str",
    "path": "str",  # where the API shows more
    "since": "NotRequired[str]",
    "what": "str",  # a sentence for people
})

AlertsAnswerBody = TypedDict("AlertsAnswerBody", {
    "items": "list[Alert]",
    "more": "bool",  # not all accounts could be looked at in time
})

Approval = TypedDict("Approval", {
    "cost": "NotRequired[Union[str, float]]",  # the price that was shown, in euros
    "force": "NotRequired[bool]",  # accept a second sending of a campaign that waits because Redis was replaced
    "number_of_contacts": "NotRequired[int]",  # the most contacts that it may go to
    "up_to": "NotRequired[Union[str, float]]",  # the most that it may cost, in euros
})

Attempts = TypedDict("Attempts", {
    "cancel": "int",
    "confirm": "int",
    "create": "int",
    "status": "int",
})

AuditAnswerBody = TypedDict("AuditAnswerBody", {
    "items": "list[AuditEntry]",
    "next": "NotRequired[str]",
})

AuditEntry = TypedDict("AuditEntry", {
    "account": "NotRequired[str]",
    "action": "str",  # such as user.add, token.remove, sign_in
    "at": "str",
    "detail": "NotRequired[str]",
    "from": "NotRequired[str]",  # the address of the request
    "subject": "NotRequired[str]",  # what it was done to, such as user:ben
    "who": "str",
})

BudgetAnswerBody = TypedDict("BudgetAnswerBody", {
    "account": "str",
    "amount": "float",  # euros, with up to four decimals
    "contacts": "NotRequired[int]",
    "label": "NotRequired[str]",
    "name": "str",
    "over": "NotRequired[str]",
    "per": "str",
    "period_end": "str",
    "period_start": "str",
    "reserved": "float",  # euros of campaigns whose confirm is under way or was not answered
    "reserved_contacts": "int",
    "source": "NotRequired[str]",
    "used": "float",  # euros of campaigns that were sent
    "used_contacts": "int",
    "values": "NotRequired[list[ValueSpent]]",  # for a label without a value: each value that has spent something
    "warnings": "NotRequired[list[str]]",  # workers that do not keep to it
    "zone": "NotRequired[str]",
})

BudgetCounter = TypedDict("BudgetCounter", {
    "budget": "str",
    "period": "str",
    "value": "NotRequired[str]",
})

BudgetInputBody = TypedDict("BudgetInputBody", {
    "amount": "str",  # euros that campaigns may cost in a period, more than 0
    "contacts": "NotRequired[int]",  # contacts that they may go to; 0 is no bound
    "label": "NotRequired[str]",  # K: campaigns with that label, each value for itself; K=V: those with that value; absent: all campaigns
    "over": "NotRequired[str]",  # what becomes of a campaign that does not fit: a person is asked (default), it waits for the next period, or it becomes a dead letter
    "per": "str",  # the length of its periods; weeks begin on Monday
    "zone": "NotRequired[str]",  # time zone of the periods; UTC by default
})

BudgetStanding = TypedDict("BudgetStanding", {
    "account": "str",
    "amount": "float",  # euros, with up to four decimals
    "contacts": "NotRequired[int]",
    "label": "NotRequired[str]",
    "name": "str",
    "over": "NotRequired[str]",
    "per": "str",
    "period_end": "str",
    "period_start": "str",
    "reserved": "float",  # euros of campaigns whose confirm is under way or was not answered
    "reserved_contacts": "int",
    "source": "NotRequired[str]",
    "used": "float",  # euros of campaigns that were sent
    "used_contacts": "int",
    "values": "NotRequired[list[ValueSpent]]",  # for a label without a value: each value that has spent something
    "zone": "NotRequired[str]",
})

BudgetsAnswerBody = TypedDict("BudgetsAnswerBody", {
    "items": "list[BudgetStanding]",
})

BulkEnd = TypedDict("BulkEnd", {
    "summary": "BulkSummary",
})

BulkLine = TypedDict("BulkLine", {
    "code": "NotRequired[str]",  # as in problems
    "enqueued": "NotRequired[bool]",  # beside the code not_durable: the campaign is in Redis all the same, and will be sent
    "errors": "NotRequired[list[FieldFault]]",  # all faults, 20 at most
    "id": "NotRequired[str]",
    "line": "int",  # the number of the line in the body, from 1; of a CSV record that of its first line
    "result": "str",  # valid has no fault and was not enqueued: with dry_run, and with all_or_nothing where another line is invalid
    "state": "NotRequired[str]",
    "warnings": "NotRequired[list[Warning]]",
})

BulkSummary = TypedDict("BulkSummary", {
    "conflicts": "int",
    "created": "int",
    "detail": "NotRequired[str]",  # why that was not read
    "failed": "int",
    "invalid": "int",
    "known": "int",
    "left_out": "NotRequired[int]",  # results that are counted here and not answered, for want of room for temporary files or of time
    "unread_from": "NotRequired[int]",  # the line from which on nothing was read: send everything again
    "valid": "NotRequired[int]",  # lines without a fault that were not enqueued
    "warnings": "NotRequired[list[Warning]]",  # what concerns the account, and so each line
})

Campaign = TypedDict("Campaign", {
    "account": "NotRequired[str]",
    "auto_optimize_text": "NotRequired[bool]",
    "auto_remove_blacklisted_numbers": "NotRequired[bool]",
    "confirm": "NotRequired[str]",
    "expires_at": "NotRequired[str]",
    "id": "NotRequired[str]",
    "labels": "NotRequired[dict[str, str]]",
    "late": "NotRequired[str]",
    "list_name": "NotRequired[str]",
    "max_cost": "NotRequired[float]",  # euros, with up to four decimals
    "not_before": "NotRequired[str]",
    "purpose": "str",
    "recipient_tracking": "NotRequired[bool]",
    "segmentation": "NotRequired[str]",
    "send_at": "NotRequired[str]",
    "sender": "NotRequired[str]",
    "simulation_mode": "NotRequired[bool]",
    "tag_name": "NotRequired[str]",
    "text": "str",
    "type": "str",
    "window": "NotRequired[str]",
    "with_replies": "NotRequired[bool]",
})

ChangeTokenInputBody = TypedDict("ChangeTokenInputBody", {
    "grants": "list[Grant]",
})

ChangeUserInputBody = TypedDict("ChangeUserInputBody", {
    "grants": "NotRequired[list[Grant]]",
    "password": "NotRequired[str]",
})

ChangeWebhookInputBody = TypedDict("ChangeWebhookInputBody", {
    "accounts": "NotRequired[list[str]]",
    "enabled": "NotRequired[bool]",
    "rotate_secret": "NotRequired[bool]",  # true makes another secret
    "types": "NotRequired[list[str]]",
    "url": "NotRequired[str]",
})

Claim = TypedDict("Claim", {
    "call": "str",
    "deadline": "str",
    "on": "str",
    "token": "str",
})

Contact = TypedDict("Contact", {
    "first_name": "NotRequired[str]",
    "last_name": "NotRequired[str]",
    "param1": "NotRequired[str]",
    "param2": "NotRequired[str]",
    "param3": "NotRequired[str]",
    "param4": "NotRequired[str]",
    "param5": "NotRequired[str]",
    "phone_number": "str",  # in international form
})

ContactResult = TypedDict("ContactResult", {
    "detail": "NotRequired[str]",
    "index": "int",  # of the contact in the request, from 0
    "result": "str",
})

ContactsAnswerBody = TypedDict("ContactsAnswerBody", {
    "added": "int",
    "invalid": "int",  # no contact can be read in them
    "opted_out": "int",  # left out, because octoq knows that they have opted out
    "refused": "int",  # the API refuses them
    "results": "list[ContactResult]",
})

ContactsInputBody = TypedDict("ContactsInputBody", {
    "contacts": "list[Contact]",
    "list_name": "str",  # the list, which is Octopush's
})

Cover = TypedDict("Cover", {
    "content": "str",
    "cost": "float",  # euros, with up to four decimals
    "number_of_contacts": "NotRequired[int]",
})

Credit = TypedDict("Credit", {
    "amount": "float",  # euros, as Octopush said
    "at": "str",  # when a worker asked
})

Data = TypedDict("Data", {
    "amount": "NotRequired[str]",
    "budget": "NotRequired[str]",
    "by": "NotRequired[str]",
    "code": "NotRequired[int]",
    "cost": "NotRequired[str]",
    "failure": "NotRequired[Failure]",
    "message": "NotRequired[str]",
    "number_of_contacts": "NotRequired[int]",
    "period": "NotRequired[str]",
    "reason": "NotRequired[str]",
    "results": "NotRequired[Results]",
    "schedule": "NotRequired[str]",
    "tick": "NotRequired[str]",
    "ticket": "NotRequired[str]",
    "value": "NotRequired[str]",
    "waiting": "NotRequired[str]",
    "webhook": "NotRequired[str]",
})

DecideBody = TypedDict("DecideBody", {
    "reason": "NotRequired[str]",  # why, for the campaign's timeline
})

DeliveriesAnswerBody = TypedDict("DeliveriesAnswerBody", {
    "items": "list[DeliveryBody]",
    "next": "NotRequired[str]",  # the cursor of the next page
})

DeliveryBody = TypedDict("DeliveryBody", {
    "account": "NotRequired[str]",
    "attempts": "int",  # since the event came, or was redelivered by hand
    "campaign": "NotRequired[str]",
    "event": "str",  # its id
    "fault": "NotRequired[str]",  # why the last attempt was no success
    "first_attempt_at": "NotRequired[str]",
    "last_attempt_at": "NotRequired[str]",
    "next_attempt_at": "NotRequired[str]",
    "state": "str",
    "status": "NotRequired[int]",  # of the last answer
    "type": "str",
})

Entry = TypedDict("Entry", {
    "at": "str",
    "state": "NotRequired[str]",
    "what": "str",
    "who": "str",
    "why": "NotRequired[str]",
})

Event = TypedDict("Event", {
    "account": "str",
    "at": "str",
    "campaign": "NotRequired[str]",
    "data": "Data",
    "id": "str",
    "run": "NotRequired[int]",
    "state": "NotRequired[str]",
    "type": "str",
})

EventPage = TypedDict("EventPage", {
    "items": "list[Event]",
    "next": "str",  # the cursor behind these events
})

Failure = TypedDict("Failure", {
    "at": "str",
    "attempts": "int",
    "class": "str",
    "code": "int",
    "http_status": "int",
    "maybe_confirmed": "NotRequired[bool]",
    "message": "str",
    "stage": "str",
    "ticket": "NotRequired[str]",
})

FieldFault = TypedDict("FieldFault", {
    "detail": "str",
    "field": "NotRequired[str]",
    "pointer": "NotRequired[str]",  # a JSON pointer into the body
})

Figures = TypedDict("Figures", {
    "cancelled": "int",
    "dead": "int",
    "sent": "Sum",
    "simulated": "int",
    "unknown": "Sum",  # campaigns that ended although they may have been sent (maybe_confirmed)
})

FiguresItem = TypedDict("FiguresItem", {
    "cancelled": "int",
    "dead": "int",
    "groups": "NotRequired[list[Group]]",
    "sent": "Sum",
    "simulated": "int",
    "start": "str",
    "unknown": "Sum",  # campaigns that ended although they may have been sent (maybe_confirmed)
})

Grant = TypedDict("Grant", {
    "accounts": "NotRequired[list[str]]",  # where the role holds; in all accounts when absent
    "role": "str",
})

Group = TypedDict("Group", {
    "cancelled": "int",
    "dead": "int",
    "kind": "str",  # value; other: values beyond those that are kept for a day; none: without such a list, tag or label
    "sent": "Sum",
    "simulated": "int",
    "unknown": "Sum",  # campaigns that ended although they may have been sent (maybe_confirmed)
    "value": "str",
})

Hold = TypedDict("Hold", {
    "account": "str",
    "by": "str",
    "call": "NotRequired[str]",
    "code": "NotRequired[int]",
    "last_by": "NotRequired[str]",
    "message": "NotRequired[str]",
    "paused": "NotRequired[list[str]]",
    "phase": "str",
    "probe_at": "NotRequired[str]",
    "reason": "str",
    "since": "str",
    "tries": "int",
})

HoldAllAnswerBody = TypedDict("HoldAllAnswerBody", {
    "accounts": "list[str]",  # which accounts it was done to
    "held": "bool",
})

HoldAnswerBody = TypedDict("HoldAnswerBody", {
    "account": "str",
    "held": "bool",
})

HoldBody = TypedDict("HoldBody", {
    "message": "NotRequired[str]",  # why, for those who find the account stopped
})

IdAnswerBody = TypedDict("IdAnswerBody", {
    "id": "str",
})

KeptMessage = TypedDict("KeptMessage", {
    "at": "NotRequired[str]",  # its date as Octopush says
    "deleted_at": "NotRequired[str]",  # when the number was deleted; it stays blocked
    "hash": "str",  # the number's keyed hash, which stays when the number is deleted
    "number": "NotRequired[str]",  # in international form, such as +33612345678; absent once it was deleted
    "received_at": "NotRequired[str]",
    "text": "NotRequired[str]",
    "ticket": "NotRequired[str]",  # of the campaign that it answers
})

KnownRecord = TypedDict("KnownRecord", {
    "accepted_on": "NotRequired[str]",
    "account": "str",
    "approved": "NotRequired[bool]",
    "ask_run": "NotRequired[int]",
    "asked_at": "NotRequired[str]",
    "attempts": "Attempts",
    "authors": "NotRequired[list[str]]",
    "campaign": "Campaign",
    "cancel_requested": "NotRequired[bool]",
    "claim": "NotRequired[Claim]",
    "confirm_tried": "NotRequired[bool]",
    "confirmed_at": "NotRequired[str]",
    "confirmed_elsewhere": "NotRequired[bool]",
    "cost": "float",  # euros, with up to four decimals
    "cover": "NotRequired[Cover]",
    "due_at": "NotRequired[str]",
    "edited": "NotRequired[bool]",
    "enqueued_at": "str",
    "enqueued_by": "NotRequired[str]",
    "epoch": "int",
    "failure": "Union[Failure, None]",  # why the campaign is dead; null where it is not
    "first_due": "NotRequired[str]",
    "forced": "NotRequired[bool]",
    "forced_runs": "NotRequired[list[int]]",
    "full_budgets": "NotRequired[list[BudgetCounter]]",
    "id": "str",
    "last_refusal": "NotRequired[Failure]",
    "lost_request_ids": "NotRequired[list[str]]",
    "maybe_confirmed": "NotRequired[bool]",
    "no_contacts": "NotRequired[bool]",
    "no_credit": "NotRequired[int]",
    "number_of_contacts": "int",
    "origin": "NotRequired[str]",
    "orphans": "list[Orphan]",
    "own_id": "NotRequired[bool]",
    "priced_at": "NotRequired[str]",
    "proved_by": "NotRequired[str]",
    "reject_reason": "NotRequired[str]",
    "rejected_by": "NotRequired[str]",
    "replay_by": "NotRequired[str]",
    "reports_seen": "NotRequired[int]",  # while it is not known whether the campaign was sent (maybe_confirmed): of how many numbers something was reported that proves nothing
    "results": "NotRequired[Results]",  # what Octopush reported of its messages; absent before the first report, in lists, and in answers to what changes a campaign
    "revision": "int",
    "run": "int",
    "sending_date": "str",
    "sending_date_differs": "NotRequired[bool]",
    "sent_orphan": "NotRequired[str]",
    "started": "NotRequired[dict[str, Any]]",
    "state": "str",
    "status_word": "NotRequired[str]",
    "step": "int",
    "streak": "NotRequired[int]",
    "ticket": "str",
    "timeline": "list[Entry]",
    "trace_id": "NotRequired[str]",
    "try": "int",
    "unanswered": "NotRequired[bool]",
    "unanswered_on": "NotRequired[str]",
    "unread": "NotRequired[str]",
    "updated_at": "str",
    "waiting": "NotRequired[str]",
    "waiting_since": "NotRequired[str]",
    "warnings": "NotRequired[list[Warning]]",  # what is probably not meant
})

MeBody = TypedDict("MeBody", {
    "grants": "list[Grant]",
    "kind": "str",
    "name": "str",  # as timelines and enqueued_by have it
    "operations": "list[str]",  # what the caller may do, in one account at least, by operationId
})

MessagePage = TypedDict("MessagePage", {
    "items": "list[KeptMessage]",
    "next": "NotRequired[str]",  # the cursor of the next page; absent on the last
})

NameAnswerBody = TypedDict("NameAnswerBody", {
    "name": "str",
})

NewCampaign = TypedDict("NewCampaign", {
    "account": "NotRequired[str]",
    "auto_optimize_text": "NotRequired[bool]",
    "auto_remove_blacklisted_numbers": "NotRequired[bool]",
    "confirm": "NotRequired[str]",
    "expires_at": "NotRequired[str]",
    "id": "NotRequired[str]",
    "labels": "NotRequired[dict[str, str]]",
    "late": "NotRequired[str]",
    "list_name": "NotRequired[str]",
    "max_cost": "NotRequired[Union[str, float]]",  # euros, with up to four decimals
    "not_before": "NotRequired[str]",
    "purpose": "str",
    "recipient_tracking": "NotRequired[bool]",
    "segmentation": "NotRequired[str]",
    "send_at": "NotRequired[str]",
    "sender": "NotRequired[str]",
    "simulation_mode": "NotRequired[bool]",
    "tag_name": "NotRequired[str]",
    "text": "str",
    "type": "str",
    "window": "NotRequired[str]",
    "with_replies": "NotRequired[bool]",
})

Orphan = TypedDict("Orphan", {
    "at": "str",
    "cancelled": "bool",
    "note": "NotRequired[str]",
    "sent": "NotRequired[bool]",
    "ticket": "str",
    "tries": "int",
})

OwnPasswordInputBody = TypedDict("OwnPasswordInputBody", {
    "current": "str",  # the present password
    "password": "str",  # 12 characters at least
})

Page = TypedDict("Page", {
    "items": "list[KnownRecord]",
    "next": "NotRequired[str]",  # the cursor of the next page; absent on the last
})

PlanBody = TypedDict("PlanBody", {
    "account": "str",
    "action": "str",
    "campaigns": "int",  # how many would be touched
    "contacts": "int",  # how many contacts they go to, as far as they have a price
    "cost": "float",  # what they cost together, as far as they have a price
    "left_out": "NotRequired[int]",  # how many others the filter finds, which the action would refuse
    "plan": "str",  # begins the action, within an hour
    "problems": "NotRequired[list[Untouched]]",  # why, of ten of these at most
    "sample": "list[KnownRecord]",  # ten of them at most
    "unpriced": "NotRequired[int]",  # how many of them have no price yet
})

Problem = TypedDict("Problem", {
    "code": "NotRequired[str]",  # for programs, where the status alone does not say it
    "detail": "NotRequired[str]",  # what happened, to which campaign, and what to do
    "enqueued": "NotRequired[bool]",  # the campaign is in Redis all the same, and will be sent
    "errors": "NotRequired[list[FieldFault]]",  # all faults at once
    "oldest": "NotRequired[str]",  # the cursor before all events that are kept
    "status": "int",
    "title": "str",
    "type": "str",
})

ProofInputBody = TypedDict("ProofInputBody", {
    "list_name": "str",  # the list that the proof goes to
})

RejectInputBody = TypedDict("RejectInputBody", {
    "reason": "str",  # why, for those who wrote the campaign
})

ReplayBody = TypedDict("ReplayBody", {
    "force": "NotRequired[bool]",  # accept that it may be sent a second time
    "reason": "NotRequired[str]",  # why, for the campaign's timeline
})

Results = TypedDict("Results", {
    "by_status": "dict[str, int]",  # numbers by the last status of each, in Octopush's words
    "delivered": "int",  # contacts whose message has arrived: DELIVERED or READ
    "failed": "int",  # contacts with another final status
    "last_report_at": "NotRequired[str]",  # when the last report came; absent before the first
    "optouts": "int",
    "pending": "int",  # contacts without a final status so far
    "replies": "int",
})

Rules = TypedDict("Rules", {
    "approve_above": "NotRequired[float]",  # euros, with up to four decimals
    "approve_above_contacts": "NotRequired[int]",
    "approve_by": "NotRequired[str]",
    "confirm": "NotRequired[str]",
    "window": "NotRequired[str]",
})

RulesInForce = TypedDict("RulesInForce", {
    "approve_above": "NotRequired[float]",  # euros, with up to four decimals
    "approve_above_contacts": "NotRequired[int]",
    "approve_by": "NotRequired[str]",
    "config": "Rules",  # of them what the config files of workers say
    "confirm": "NotRequired[str]",
    "set": "Rules",  # of them what commands, the API and the console have set
    "window": "NotRequired[str]",
})

RulesInputBody = TypedDict("RulesInputBody", {
    "approve_above": "NotRequired[str]",  # euros above which a person approves; 0 is no such rule
    "approve_above_contacts": "NotRequired[int]",  # contacts above which a person approves; 0 is no such rule
    "approve_by": "NotRequired[str]",  # other: whoever approves has not written the campaign
    "confirm": "NotRequired[str]",  # manual: a person approves each campaign
    "window": "NotRequired[str]",  # when wholesale campaigns may go out, beside other windows; off is at any hour
})

RulesSetAnswerBody = TypedDict("RulesSetAnswerBody", {
    "account": "str",
    "approve_above": "NotRequired[float]",  # euros, with up to four decimals
    "approve_above_contacts": "NotRequired[int]",
    "approve_by": "NotRequired[str]",
    "config": "Rules",  # of them what the config files of workers say
    "confirm": "NotRequired[str]",
    "set": "Rules",  # of them what commands, the API and the console have set
    "warnings": "NotRequired[list[str]]",  # workers that do not keep to them
    "window": "NotRequired[str]",
})

RulesStanding = TypedDict("RulesStanding", {
    "account": "str",
    "approve_above": "NotRequired[float]",  # euros, with up to four decimals
    "approve_above_contacts": "NotRequired[int]",
    "approve_by": "NotRequired[str]",
    "config": "Rules",  # of them what the config files of workers say
    "confirm": "NotRequired[str]",
    "set": "Rules",  # of them what commands, the API and the console have set
    "window": "NotRequired[str]",
})

ScheduleBody = TypedDict("ScheduleBody", {
    "campaign": "Any",  # a campaign whose id holds {{tick}}; its texts may hold {{date}} and {{time}}
    "cron": "str",  # five fields, or six with the second first
    "expires_after": "NotRequired[str]",  # how long after its tick a campaign may still be confirmed
    "missed": "NotRequired[str]",  # what becomes of ticks that no worker enqueued in time
    "zone": "str",  # an IANA name
})

ScheduleList = TypedDict("ScheduleList", {
    "items": "list[ScheduleShown]",
})

ScheduleShown = TypedDict("ScheduleShown", {
    "account": "str",
    "campaign": "Any",
    "created_at": "str",
    "created_by": "str",
    "cron": "str",
    "error": "NotRequired[str]",  # why this octoq cannot read the schedule
    "expires_after": "NotRequired[str]",
    "last": "NotRequired[str]",  # the last tick that was enqueued
    "missed": "str",
    "name": "str",
    "next": "list[str]",  # the next ticks, three unless more are asked for; none while it is paused
    "paused": "NotRequired[bool]",
    "warnings": "NotRequired[list[Warning]]",
    "zone": "str",
})

SecretBody = TypedDict("SecretBody", {
    "accounts": "list[str]",  # whose events; empty is all
    "changed_at": "str",
    "changed_by": "str",
    "created_at": "str",
    "disabled_at": "NotRequired[str]",  # when octoq switched it off, because nothing had succeeded for three days
    "enabled": "bool",
    "id": "str",
    "rotated_at": "NotRequired[str]",  # when the secret was changed; the one before signs for a day from then on
    "secret": "NotRequired[str]",  # shown this once; requests are signed with it
    "types": "list[str]",  # of events; empty is all
    "url": "str",
})

StandingBody = TypedDict("StandingBody", {
    "accounts": "list[str]",  # whose events; empty is all
    "changed_at": "str",
    "changed_by": "str",
    "created_at": "str",
    "disabled_at": "NotRequired[str]",  # when octoq switched it off, because nothing had succeeded for three days
    "enabled": "bool",
    "failing_since": "NotRequired[str]",  # when the first attempt failed behind which none succeeded
    "id": "str",
    "rotated_at": "NotRequired[str]",  # when the secret was changed; the one before signs for a day from then on
    "types": "list[str]",  # of events; empty is all
    "url": "str",
    "waiting": "int",  # events in its queue, 20,000 at most; later ones wait in the stream of events
})

Start = TypedDict("Start", {
    "at": "str",
    "idle": "int",
})

Sum = TypedDict("Sum", {
    "campaigns": "int",
    "contacts": "int",
    "cost": "float",  # euros, with up to four decimals
})

TestBody = TypedDict("TestBody", {
    "event": "str",  # the id of the event that was sent
    "excerpt": "NotRequired[str]",  # the first 512 bytes of the answer
    "fault": "NotRequired[str]",  # why it is no success
    "milliseconds": "int",  # how long it took
    "ok": "bool",
    "status": "NotRequired[int]",  # of the answer; none came without
})

TokenBody = TypedDict("TokenBody", {
    "changed_at": "str",
    "changed_by": "str",
    "created_at": "str",
    "expires_at": "NotRequired[str]",
    "grants": "list[Grant]",
    "id": "str",
    "kind": "str",
    "name": "str",
})

TokensAnswerBody = TypedDict("TokensAnswerBody", {
    "items": "list[TokenBody]",
})

Total = TypedDict("Total", {
    "balance": "NotRequired[float]",  # the credit at Octopush when a worker last asked; absent where none has
    "balance_at": "NotRequired[str]",  # when that was
    "budgets": "list[BudgetStanding]",  # all budgets of the account, as they stand
    "campaigns": "int",
    "contacts": "int",  # of those that have a price
    "cost": "float",  # euros, of those that have a price
    "dead": "int",  # those that died, or were purged
    "priced": "int",  # those that have a price
    "quote": "str",  # its name: campaigns that are part of it have the label quote=NAME
})

Untouched = TypedDict("Untouched", {
    "detail": "str",
    "id": "str",
    "result": "str",
})

UserBody = TypedDict("UserBody", {
    "changed_at": "str",
    "changed_by": "str",
    "created_at": "str",
    "grants": "list[Grant]",
    "name": "str",
})

UsersAnswerBody = TypedDict("UsersAnswerBody", {
    "items": "list[UserBody]",
})

ValueSpent = TypedDict("ValueSpent", {
    "reserved": "float",  # euros, with up to four decimals
    "used": "float",  # euros, with up to four decimals
    "value": "str",
})

VouchInputBody = TypedDict("VouchInputBody", {
    "reason": "str",
})

Vouched = TypedDict("Vouched", {
    "account": "str",
    "replaced": "list[str]",
    "resumed": "int",
    "unmarked": "int",
})

Warning = TypedDict("Warning", {
    "field": "str",
    "problem": "str",
})

WebhookBody = TypedDict("WebhookBody", {
    "accounts": "list[str]",  # whose events; empty is all
    "changed_at": "str",
    "changed_by": "str",
    "created_at": "str",
    "disabled_at": "NotRequired[str]",  # when octoq switched it off, because nothing had succeeded for three days
    "enabled": "bool",
    "id": "str",
    "rotated_at": "NotRequired[str]",  # when the secret was changed; the one before signs for a day from then on
    "types": "list[str]",  # of events; empty is all
    "url": "str",
})

WebhookWish = TypedDict("WebhookWish", {
    "accounts": "NotRequired[list[str]]",  # only events of these accounts
    "types": "NotRequired[list[str]]",  # only events of these types
    "url": "str",  # https; http for addresses of OCTOQ_WEBHOOK_ALLOW alone
})

WebhooksAnswerBody = TypedDict("WebhooksAnswerBody", {
    "items": "list[WebhookBody]",
})

WorkerStanding = TypedDict("WorkerStanding", {
    "name": "str",
    "settings": "dict[str, str]",
})

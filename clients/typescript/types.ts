// Made by make docs from docs/openapi.json: change it there.

export interface AccountFigures {
  account: string;
  by?: string;
  from: string;
  /** the figures of each value; they add up to the total */
  groups?: Array<Group>;
  /** minutes, hours or days with figures, oldest first; others have none */
  items?: Array<FiguresItem>;
  /** how long each item is: minute, hour or day of UTC */
  per: string;
  to: string;
  total: Figures;
}

export interface AccountItem {
  account: string;
  /** nothing runs for the account until there is something to do, as of the last quarter of a minute */
  asleep?: boolean;
  /** the credit at Octopush when a worker last asked; absent where none has yet */
  balance?: Credit;
  budgets?: Array<BudgetStanding>;
  /** campaigns by their state, of those that a worker has touched */
  counts?: Record<string, number>;
  /** settings that the workers do not agree about, each as a sentence */
  differences?: Array<string>;
  /** why no call is made; absent where calls are made */
  hold?: Hold;
  limits?: AccountLimits;
  /** for each stage, for how many seconds the task has been due that has been due longest */
  oldest?: Record<string, number>;
  /** queues that somebody has paused */
  paused?: Array<string>;
  /** when Redis was seen to be restarted or replaced, as long as nobody has vouched for it */
  replaced?: Array<string>;
  /** what the account demands of each campaign, beside the settings of its workers */
  rules?: RulesInForce;
  /** campaigns that wait for a worker, or for their time */
  waiting?: number;
  /** when wholesale campaigns may go out; empty where no worker says it */
  window?: string;
  workers?: Array<WorkerStanding>;
}

export interface AccountLimits {
  /** calls that may come at once after a pause */
  burst?: string;
  /** calls under way at once, or no limit */
  max_in_flight?: string;
  /** calls a second, or no limit */
  rate?: string;
}

export interface AccountStanding {
  account: string;
  /** nothing runs for the account until there is something to do, as of the last quarter of a minute */
  asleep: boolean;
  /** the credit at Octopush when a worker last asked; absent where none has yet */
  balance?: Credit;
  budgets: Array<BudgetStanding>;
  /** campaigns by their state, of those that a worker has touched */
  counts: Record<string, number>;
  /** settings that the workers do not agree about, each as a sentence */
  differences: Array<string>;
  /** why no call is made; absent where calls are made */
  hold?: Hold;
  limits: AccountLimits;
  /** for each stage, for how many seconds the task has been due that has been due longest */
  oldest: Record<string, number>;
  /** queues that somebody has paused */
  paused: Array<string>;
  /** when Redis was seen to be restarted or replaced, as long as nobody has vouched for it */
  replaced: Array<string>;
  /** what the account demands of each campaign, beside the settings of its workers */
  rules: RulesInForce;
  /** campaigns that wait for a worker, or for their time */
  waiting: number;
  /** when wholesale campaigns may go out; empty where no worker says it */
  window: string;
  workers: Array<WorkerStanding>;
}

export interface AccountsAnswerBody {
  items: Array<AccountItem>;
  /** the cursor of the next page; absent on the last */
  next?: string;
}

export interface ActionBody {
  account?: string;
  action?: "approve" | "reject" | "cancel" | "replay" | "purge" | (string & {});
  /** true: nothing is touched yet */
  dry_run?: boolean;
  /** which campaigns are meant; it asks for something at least */
  filter?: ActionFilter;
  /** of a dry run; no other field stands beside it */
  plan?: string;
  /** why, for the timelines; a rejection needs it */
  reason?: string;
}

export interface ActionFilter {
  /** those that are dead for this reason */
  failure_class?: string;
  /** those whose id contains this */
  id_part?: string;
  /** those whose id begins so */
  id_prefix?: string;
  /** those with all of these labels */
  labels?: Record<string, string>;
  list_name?: string;
  /** those enqueued at this time or later */
  since?: string;
  /** those in one of these states */
  state?: Array<string>;
  tag_name?: string;
  /** those enqueued before this time */
  until?: string;
}

export interface ActionStatus {
  account: string;
  action: "approve" | "reject" | "cancel" | "replay" | "purge" | (string & {});
  begun_at: string;
  /** who began it; timelines name the same */
  by: string;
  /** how many were touched */
  done: number;
  ended_at?: string;
  /** how many refused the act, although they had not changed */
  failed: number;
  /** that of its plan */
  id: string;
  /** why campaigns were not touched, of the first hundred */
  problems?: Array<Untouched>;
  /** how many had changed since the plan was made */
  skipped: number;
  state: "running" | "stopping" | "stopped" | "done" | (string & {});
  /** how many campaigns the plan has */
  total: number;
}

export interface AddTokenAnswerBody {
  changed_at: string;
  changed_by: string;
  created_at: string;
  expires_at?: string;
  grants: Array<Grant>;
  id: string;
  kind: "live" | "review" | "simulate" | (string & {});
  name: string;
  /** shown this once; send it as Authorization: Bearer */
  token: string;
}

export interface AddTokenInputBody {
  expires_at?: string;
  grants: Array<Grant>;
  /** review: its campaigns wait for a person; simulate: they are never sent */
  kind?: "live" | "review" | "simulate" | (string & {});
  name: string;
}

export interface AddUserInputBody {
  grants: Array<Grant>;
  name: string;
  /** 12 characters at least */
  password: string;
}

export interface Addresses {
  account: string;
  /** empty where Octopush reports none */
  deliveries: string;
  optouts: string;
  replies: string;
}

export interface Alert {
  account: string;
  /** how many campaigns it is about */
  count?: number;
  /** what helps, mostly a command */
  do: string;
  kind: "account_held" | "no_worker" | "redis_replaced" | "approval_waiting" | "budget" | "letters" | "queue_paused" | "workers_differ" | (string & {});
  /** where the API shows more */
  path: string;
  since?: string;
  /** a sentence for people */
  what: string;
}

export interface AlertsAnswerBody {
  items: Array<Alert>;
  /** not all accounts could be looked at in time */
  more: boolean;
}

export interface Approval {
  /** the price that was shown, in euros */
  cost?: string | number;
  /** accept a second sending of a campaign that waits because Redis was replaced */
  force?: boolean;
  /** the most contacts that it may go to */
  number_of_contacts?: number;
  /** the most that it may cost, in euros */
  up_to?: string | number;
}

export interface Attempts {
  cancel: number;
  confirm: number;
  create: number;
  status: number;
}

export interface AuditAnswerBody {
  items: Array<AuditEntry>;
  next?: string;
}

export interface AuditEntry {
  account?: string;
  /** such as user.add, token.remove, sign_in */
  action: string;
  at: string;
  detail?: string;
  /** the address of the request */
  from?: string;
  /** what it was done to, such as user:ben */
  subject?: string;
  who: string;
}

export interface BudgetAnswerBody {
  account: string;
  /** euros, with up to four decimals */
  amount: number;
  contacts?: number;
  label?: string;
  name: string;
  over?: string;
  per: string;
  period_end: string;
  period_start: string;
  /** euros of campaigns whose confirm is under way or was not answered */
  reserved: number;
  reserved_contacts: number;
  source?: string;
  /** euros of campaigns that were sent */
  used: number;
  used_contacts: number;
  /** for a label without a value: each value that has spent something */
  values?: Array<ValueSpent>;
  /** workers that do not keep to it */
  warnings?: Array<string>;
  zone?: string;
}

export interface BudgetCounter {
  budget: string;
  period: string;
  value?: string;
}

export interface BudgetInputBody {
  /** euros that campaigns may cost in a period, more than 0 */
  amount: string;
  /** contacts that they may go to; 0 is no bound */
  contacts?: number;
  /** K: campaigns with that label, each value for itself; K=V: those with that value; absent: all campaigns */
  label?: string;
  /** what becomes of a campaign that does not fit: a person is asked (default), it waits for the next period, or it becomes a dead letter */
  over?: "ask" | "wait" | "dead" | (string & {});
  /** the length of its periods; weeks begin on Monday */
  per: "day" | "week" | "month" | (string & {});
  /** time zone of the periods; UTC by default */
  zone?: string;
}

export interface BudgetStanding {
  account: string;
  /** euros, with up to four decimals */
  amount: number;
  contacts?: number;
  label?: string;
  name: string;
  over?: string;
  per: string;
  period_end: string;
  period_start: string;
  /** euros of campaigns whose confirm is under way or was not answered */
  reserved: number;
  reserved_contacts: number;
  source?: string;
  /** euros of campaigns that were sent */
  used: number;
  used_contacts: number;
  /** for a label without a value: each value that has spent something */
  values?: Array<ValueSpent>;
  zone?: string;
}

export interface BudgetsAnswerBody {
  items: Array<BudgetStanding>;
}

export interface BulkEnd {
  summary: BulkSummary;
}

export interface BulkLine {
  /** as in problems */
  code?: "conflict" | "purged" | "redis" | "not_durable" | (string & {});
  /** beside the code not_durable: the campaign is in Redis all the same, and will be sent */
  enqueued?: boolean;
  /** all faults, 20 at most */
  errors?: Array<FieldFault>;
  id?: string;
  /** the number of the line in the body, from 1; of a CSV record that of its first line */
  line: number;
  /** valid has no fault and was not enqueued: with dry_run, and with all_or_nothing where another line is invalid */
  result: "created" | "known" | "conflict" | "invalid" | "failed" | "valid" | (string & {});
  state?: string;
  warnings?: Array<Warning>;
}

export interface BulkSummary {
  conflicts: number;
  created: number;
  /** why that was not read */
  detail?: string;
  failed: number;
  invalid: number;
  known: number;
  /** results that are counted here and not answered, for want of room for temporary files or of time */
  left_out?: number;
  /** the line from which on nothing was read: send everything again */
  unread_from?: number;
  /** lines without a fault that were not enqueued */
  valid?: number;
  /** what concerns the account, and so each line */
  warnings?: Array<Warning>;
}

export interface Campaign {
  account?: string;
  auto_optimize_text?: boolean;
  auto_remove_blacklisted_numbers?: boolean;
  confirm?: string;
  expires_at?: string;
  id?: string;
  labels?: Record<string, string>;
  late?: string;
  list_name?: string;
  /** euros, with up to four decimals */
  max_cost?: number;
  not_before?: string;
  purpose: string;
  recipient_tracking?: boolean;
  segmentation?: string;
  send_at?: string;
  sender?: string;
  simulation_mode?: boolean;
  tag_name?: string;
  text: string;
  type: string;
  window?: string;
  with_replies?: boolean;
}

export interface ChangeTokenInputBody {
  grants: Array<Grant>;
}

export interface ChangeUserInputBody {
  grants?: Array<Grant>;
  password?: string;
}

export interface ChangeWebhookInputBody {
  accounts?: Array<string>;
  enabled?: boolean;
  /** true makes another secret */
  rotate_secret?: boolean;
  types?: Array<string>;
  url?: string;
}

export interface Claim {
  call: string;
  deadline: string;
  on: string;
  token: string;
}

export interface Contact {
  first_name?: string;
  last_name?: string;
  param1?: string;
  param2?: string;
  param3?: string;
  param4?: string;
  param5?: string;
  /** in international form */
  phone_number: string;
}

export interface ContactResult {
  detail?: string;
  /** of the contact in the request, from 0 */
  index: number;
  result: "added" | "invalid" | "opted_out" | "refused" | (string & {});
}

export interface ContactsAnswerBody {
  added: number;
  /** no contact can be read in them */
  invalid: number;
  /** left out, because octoq knows that they have opted out */
  opted_out: number;
  /** the API refuses them */
  refused: number;
  results: Array<ContactResult>;
}

export interface ContactsInputBody {
  contacts: Array<Contact>;
  /** the list, which is Octopush's */
  list_name: string;
}

export interface Cover {
  content: string;
  /** euros, with up to four decimals */
  cost: number;
  number_of_contacts?: number;
}

export interface Credit {
  /** euros, as Octopush said */
  amount: number;
  /** when a worker asked */
  at: string;
}

export interface Data {
  amount?: string;
  budget?: string;
  by?: string;
  code?: number;
  cost?: string;
  failure?: Failure;
  message?: string;
  number_of_contacts?: number;
  period?: string;
  reason?: string;
  results?: Results;
  schedule?: string;
  tick?: string;
  ticket?: string;
  value?: string;
  waiting?: string;
  webhook?: string;
}

export interface DecideBody {
  /** why, for the campaign's timeline */
  reason?: string;
}

export interface DeliveriesAnswerBody {
  items: Array<DeliveryBody>;
  /** the cursor of the next page */
  next?: string;
}

export interface DeliveryBody {
  account?: string;
  /** since the event came, or was redelivered by hand */
  attempts: number;
  campaign?: string;
  /** its id */
  event: string;
  /** why the last attempt was no success */
  fault?: string;
  first_attempt_at?: string;
  last_attempt_at?: string;
  next_attempt_at?: string;
  state: "waiting" | "delivered" | "failed" | (string & {});
  /** of the last answer */
  status?: number;
  type: string;
}

export interface Entry {
  at: string;
  state?: string;
  what: string;
  who: string;
  why?: string;
}

export interface Event {
  account: string;
  at: string;
  campaign?: string;
  data: Data;
  id: string;
  run?: number;
  state?: string;
  type: string;
}

export interface EventPage {
  items: Array<Event>;
  /** the cursor behind these events */
  next: string;
}

export interface Failure {
  at: string;
  attempts: number;
  class: string;
  code: number;
  http_status: number;
  maybe_confirmed?: boolean;
  message: string;
  stage: string;
  ticket?: string;
}

export interface FieldFault {
  detail: string;
  field?: string;
  /** a JSON pointer into the body */
  pointer?: string;
}

export interface Figures {
  cancelled: number;
  dead: number;
  sent: Sum;
  simulated: number;
  /** campaigns that ended although they may have been sent (maybe_confirmed) */
  unknown: Sum;
}

export interface FiguresItem {
  cancelled: number;
  dead: number;
  groups?: Array<Group>;
  sent: Sum;
  simulated: number;
  start: string;
  /** campaigns that ended although they may have been sent (maybe_confirmed) */
  unknown: Sum;
}

export interface Grant {
  /** where the role holds; in all accounts when absent */
  accounts?: Array<string>;
  role: "viewer" | "producer" | "approver" | "operator" | "admin" | (string & {});
}

export interface Group {
  cancelled: number;
  dead: number;
  /** value; other: values beyond those that are kept for a day; none: without such a list, tag or label */
  kind: "value" | "other" | "none" | (string & {});
  sent: Sum;
  simulated: number;
  /** campaigns that ended although they may have been sent (maybe_confirmed) */
  unknown: Sum;
  value: string;
}

export interface Hold {
  account: string;
  by: string;
  call?: string;
  code?: number;
  last_by?: string;
  message?: string;
  paused?: Array<string>;
  phase: string;
  probe_at?: string;
  reason: string;
  since: string;
  tries: number;
}

export interface HoldAllAnswerBody {
  /** which accounts it was done to */
  accounts: Array<string>;
  held: boolean;
}

export interface HoldAnswerBody {
  account: string;
  held: boolean;
}

export interface HoldBody {
  /** why, for those who find the account stopped */
  message?: string;
}

export interface IdAnswerBody {
  id: string;
}

export interface KeptMessage {
  /** its date as Octopush says */
  at?: string;
  /** when the number was deleted; it stays blocked */
  deleted_at?: string;
  /** the number's keyed hash, which stays when the number is deleted */
  hash: string;
  /** in international form, such as +33612345678; absent once it was deleted */
  number?: string;
  received_at?: string;
  text?: string;
  /** of the campaign that it answers */
  ticket?: string;
}

export interface KnownRecord {
  accepted_on?: string;
  account: string;
  approved?: boolean;
  ask_run?: number;
  asked_at?: string;
  attempts: Attempts;
  authors?: Array<string>;
  campaign: Campaign;
  cancel_requested?: boolean;
  claim?: Claim;
  confirm_tried?: boolean;
  confirmed_at?: string;
  confirmed_elsewhere?: boolean;
  /** euros, with up to four decimals */
  cost: number;
  cover?: Cover;
  due_at?: string;
  edited?: boolean;
  enqueued_at: string;
  enqueued_by?: string;
  epoch: number;
  /** why the campaign is dead; null where it is not */
  failure: Failure | null;
  first_due?: string;
  forced?: boolean;
  forced_runs?: Array<number>;
  full_budgets?: Array<BudgetCounter>;
  id: string;
  last_refusal?: Failure;
  lost_request_ids?: Array<string>;
  maybe_confirmed?: boolean;
  no_contacts?: boolean;
  no_credit?: number;
  number_of_contacts: number;
  origin?: string;
  orphans: Array<Orphan>;
  own_id?: boolean;
  priced_at?: string;
  proved_by?: string;
  reject_reason?: string;
  rejected_by?: string;
  replay_by?: string;
  /** while it is not known whether the campaign was sent (maybe_confirmed): of how many numbers something was reported that proves nothing */
  reports_seen?: number;
  /** what Octopush reported of its messages; absent before the first report, in lists, and in answers to what changes a campaign */
  results?: Results;
  revision: number;
  run: number;
  sending_date: string;
  sending_date_differs?: boolean;
  sent_orphan?: string;
  started?: Record<string, unknown>;
  state: string;
  status_word?: string;
  step: number;
  streak?: number;
  ticket: string;
  timeline: Array<Entry>;
  trace_id?: string;
  try: number;
  unanswered?: boolean;
  unanswered_on?: string;
  unread?: string;
  updated_at: string;
  waiting?: string;
  waiting_since?: string;
  /** what is probably not meant */
  warnings?: Array<Warning>;
}

export interface MeBody {
  grants: Array<Grant>;
  kind: "user" | "token" | "open" | (string & {});
  /** as timelines and enqueued_by have it */
  name: string;
  /** what the caller may do, in one account at least, by operationId */
  operations: Array<string>;
}

export interface MessagePage {
  items: Array<KeptMessage>;
  /** the cursor of the next page; absent on the last */
  next?: string;
}

export interface NameAnswerBody {
  name: string;
}

export interface NewCampaign {
  account?: string;
  auto_optimize_text?: boolean;
  auto_remove_blacklisted_numbers?: boolean;
  confirm?: string;
  expires_at?: string;
  id?: string;
  labels?: Record<string, string>;
  late?: string;
  list_name?: string;
  /** euros, with up to four decimals */
  max_cost?: string | number;
  not_before?: string;
  purpose: string;
  recipient_tracking?: boolean;
  segmentation?: string;
  send_at?: string;
  sender?: string;
  simulation_mode?: boolean;
  tag_name?: string;
  text: string;
  type: string;
  window?: string;
  with_replies?: boolean;
}

export interface Orphan {
  at: string;
  cancelled: boolean;
  note?: string;
  sent?: boolean;
  ticket: string;
  tries: number;
}

export interface OwnPasswordInputBody {
  /** the present password */
  current: string;
  /** 12 characters at least */
  password: string;
}

export interface Page {
  items: Array<KnownRecord>;
  /** the cursor of the next page; absent on the last */
  next?: string;
}

export interface PlanBody {
  account: string;
  action: "approve" | "reject" | "cancel" | "replay" | "purge" | (string & {});
  /** how many would be touched */
  campaigns: number;
  /** how many contacts they go to, as far as they have a price */
  contacts: number;
  /** what they cost together, as far as they have a price */
  cost: number;
  /** how many others the filter finds, which the action would refuse */
  left_out?: number;
  /** begins the action, within an hour */
  plan: string;
  /** why, of ten of these at most */
  problems?: Array<Untouched>;
  /** ten of them at most */
  sample: Array<KnownRecord>;
  /** how many of them have no price yet */
  unpriced?: number;
}

export interface Problem {
  /** for programs, where the status alone does not say it */
  code?: "conflict" | "purged" | "state" | "redis" | "not_durable" | "cursor_gone" | "role" | "account" | "auth_lost" | "webhook_key" | "four_eyes" | (string & {});
  /** what happened, to which campaign, and what to do */
  detail?: string;
  /** the campaign is in Redis all the same, and will be sent */
  enqueued?: boolean;
  /** all faults at once */
  errors?: Array<FieldFault>;
  /** the cursor before all events that are kept */
  oldest?: string;
  status: number;
  title: string;
  type: string;
}

export interface ProofInputBody {
  /** the list that the proof goes to */
  list_name: string;
}

export interface RejectInputBody {
  /** why, for those who wrote the campaign */
  reason: string;
}

export interface ReplayBody {
  /** accept that it may be sent a second time */
  force?: boolean;
  /** why, for the campaign's timeline */
  reason?: string;
}

export interface Results {
  /** numbers by the last status of each, in Octopush's words */
  by_status: Record<string, number>;
  /** contacts whose message has arrived: DELIVERED or READ */
  delivered: number;
  /** contacts with another final status */
  failed: number;
  /** when the last report came; absent before the first */
  last_report_at?: string;
  optouts: number;
  /** contacts without a final status so far */
  pending: number;
  replies: number;
}

export interface Rules {
  /** euros, with up to four decimals */
  approve_above?: number;
  approve_above_contacts?: number;
  approve_by?: string;
  confirm?: string;
  window?: string;
}

export interface RulesInForce {
  /** euros, with up to four decimals */
  approve_above?: number;
  approve_above_contacts?: number;
  approve_by?: string;
  /** of them what the config files of workers say */
  config: Rules;
  confirm?: string;
  /** of them what commands, the API and the console have set */
  set: Rules;
  window?: string;
}

export interface RulesInputBody {
  /** euros above which a person approves; 0 is no such rule */
  approve_above?: string;
  /** contacts above which a person approves; 0 is no such rule */
  approve_above_contacts?: number;
  /** other: whoever approves has not written the campaign */
  approve_by?: "anyone" | "other" | (string & {});
  /** manual: a person approves each campaign */
  confirm?: "auto" | "manual" | (string & {});
  /** when wholesale campaigns may go out, beside other windows; off is at any hour */
  window?: string;
}

export interface RulesSetAnswerBody {
  account: string;
  /** euros, with up to four decimals */
  approve_above?: number;
  approve_above_contacts?: number;
  approve_by?: string;
  /** of them what the config files of workers say */
  config: Rules;
  confirm?: string;
  /** of them what commands, the API and the console have set */
  set: Rules;
  /** workers that do not keep to them */
  warnings?: Array<string>;
  window?: string;
}

export interface RulesStanding {
  account: string;
  /** euros, with up to four decimals */
  approve_above?: number;
  approve_above_contacts?: number;
  approve_by?: string;
  /** of them what the config files of workers say */
  config: Rules;
  confirm?: string;
  /** of them what commands, the API and the console have set */
  set: Rules;
  window?: string;
}

export interface ScheduleBody {
  /** a campaign whose id holds {{tick}}; its texts may hold {{date}} and {{time}} */
  campaign: unknown;
  /** five fields, or six with the second first */
  cron: string;
  /** how long after its tick a campaign may still be confirmed */
  expires_after?: string;
  /** what becomes of ticks that no worker enqueued in time */
  missed?: "skip" | "once" | (string & {});
  /** an IANA name */
  zone: string;
}

export interface ScheduleList {
  items: Array<ScheduleShown>;
}

export interface ScheduleShown {
  account: string;
  campaign: unknown;
  created_at: string;
  created_by: string;
  cron: string;
  /** why this octoq cannot read the schedule */
  error?: string;
  expires_after?: string;
  /** the last tick that was enqueued */
  last?: string;
  missed: string;
  name: string;
  /** the next ticks, three unless more are asked for; none while it is paused */
  next: Array<string>;
  paused?: boolean;
  warnings?: Array<Warning>;
  zone: string;
}

export interface SecretBody {
  /** whose events; empty is all */
  accounts: Array<string>;
  changed_at: string;
  changed_by: string;
  created_at: string;
  /** when octoq switched it off, because nothing had succeeded for three days */
  disabled_at?: string;
  enabled: boolean;
  id: string;
  /** when the secret was changed; the one before signs for a day from then on */
  rotated_at?: string;
  /** shown this once; requests are signed with it */
  secret?: string;
  /** of events; empty is all */
  types: Array<string>;
  url: string;
}

export interface StandingBody {
  /** whose events; empty is all */
  accounts: Array<string>;
  changed_at: string;
  changed_by: string;
  created_at: string;
  /** when octoq switched it off, because nothing had succeeded for three days */
  disabled_at?: string;
  enabled: boolean;
  /** when the first attempt failed behind which none succeeded */
  failing_since?: string;
  id: string;
  /** when the secret was changed; the one before signs for a day from then on */
  rotated_at?: string;
  /** of events; empty is all */
  types: Array<string>;
  url: string;
  /** events in its queue, 20,000 at most; later ones wait in the stream of events */
  waiting: number;
}

export interface Start {
  at: string;
  idle: number;
}

export interface Sum {
  campaigns: number;
  contacts: number;
  /** euros, with up to four decimals */
  cost: number;
}

export interface TestBody {
  /** the id of the event that was sent */
  event: string;
  /** the first 512 bytes of the answer */
  excerpt?: string;
  /** why it is no success */
  fault?: string;
  /** how long it took */
  milliseconds: number;
  ok: boolean;
  /** of the answer; none came without */
  status?: number;
}

export interface TokenBody {
  changed_at: string;
  changed_by: string;
  created_at: string;
  expires_at?: string;
  grants: Array<Grant>;
  id: string;
  kind: "live" | "review" | "simulate" | (string & {});
  name: string;
}

export interface TokensAnswerBody {
  items: Array<TokenBody>;
}

export interface Total {
  /** the credit at Octopush when a worker last asked; absent where none has */
  balance?: number;
  /** when that was */
  balance_at?: string;
  /** all budgets of the account, as they stand */
  budgets: Array<BudgetStanding>;
  campaigns: number;
  /** of those that have a price */
  contacts: number;
  /** euros, of those that have a price */
  cost: number;
  /** those that died, or were purged */
  dead: number;
  /** those that have a price */
  priced: number;
  /** its name: campaigns that are part of it have the label quote=NAME */
  quote: string;
}

export interface Untouched {
  detail: string;
  id: string;
  result: "left_out" | "skipped" | "failed" | (string & {});
}

export interface UserBody {
  changed_at: string;
  changed_by: string;
  created_at: string;
  grants: Array<Grant>;
  name: string;
}

export interface UsersAnswerBody {
  items: Array<UserBody>;
}

export interface ValueSpent {
  /** euros, with up to four decimals */
  reserved: number;
  /** euros, with up to four decimals */
  used: number;
  value: string;
}

export interface VouchInputBody {
  reason: string;
}

export interface Vouched {
  account: string;
  replaced: Array<string>;
  resumed: number;
  unmarked: number;
}

export interface Warning {
  field: string;
  problem: string;
}

export interface WebhookBody {
  /** whose events; empty is all */
  accounts: Array<string>;
  changed_at: string;
  changed_by: string;
  created_at: string;
  /** when octoq switched it off, because nothing had succeeded for three days */
  disabled_at?: string;
  enabled: boolean;
  id: string;
  /** when the secret was changed; the one before signs for a day from then on */
  rotated_at?: string;
  /** of events; empty is all */
  types: Array<string>;
  url: string;
}

export interface WebhookWish {
  /** only events of these accounts */
  accounts?: Array<string>;
  /** only events of these types */
  types?: Array<string>;
  /** https; http for addresses of OCTOQ_WEBHOOK_ALLOW alone */
  url: string;
}

export interface WebhooksAnswerBody {
  items: Array<WebhookBody>;
}

export interface WorkerStanding {
  name: string;
  settings: Record<string, string>;
}

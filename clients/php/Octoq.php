<?php

/**
 * A client of octoq's HTTP API, for PHP 8.1 and later with the extension curl. It is one file: copy it.
 *
 *     $octoq = new Octoq\Client('https://octoq.example.com', $token);
 *     $octoq->enqueue('default', 'spring-sale', ['list_name' => 'customers', 'text' => '20% off. STOP au 30101',
 *         'type' => 'sms_premium', 'purpose' => 'wholesale']);
 *     echo $octoq->wait('default', 'spring-sale', 'sent')['state'];
 *
 * Campaigns, records, results and events are arrays; their fields are those of docs/openapi.json.
 */

declare(strict_types=1);

namespace Octoq;

/** What octoq refused, or what went wrong on the way to it. */
final class OctoqException extends \RuntimeException
{
    /**
     * The status is that of HTTP; 0 where there was no answer. The code is for programs, such as "conflict" or "state", "" where
     * the status says it; without an answer "connection", "broken_off" (it ended too early) or "signature" (of a webhook).
     * detail says what happened, and what to do; problem is all that octoq said, such as "oldest" beside "cursor_gone".
     *
     * @param list<array{field?: string, pointer?: string, detail: string}> $errors the faults of a request
     */
    public function __construct(
        public readonly int $status,
        public readonly string $problemCode,
        public readonly string $detail,
        public readonly array $problem = [],
        public readonly array $errors = [],
    ) {
        parent::__construct("$status $problemCode $detail");
    }

    /** What an answer with a status of 400 or more says; text may be of a proxy between. */
    public static function of(int $status, string $text): self
    {
        $problem = json_decode($text, true);
        if (!is_array($problem)) {
            return new self($status, '', substr($text, 0, 200));
        }
        return new self($status, (string) ($problem['code'] ?? ''), (string) ($problem['detail'] ?? ''), $problem, $problem['errors'] ?? []);
    }
}

final class Client
{
    public const FINAL_STATES = ['sent', 'simulated', 'cancelled', 'dead', 'purged'];
    private const LONGEST_WAIT = 30, LONGEST_PAUSE = 30.0; // seconds that one request waits for something; between two tries

    /** timeout: seconds without a byte; retries: of enqueue, get, wait and events, after a failed connection or a 503. */
    public function __construct(
        private readonly string $baseUrl,
        #[\SensitiveParameter] private readonly string $token = '',
        private readonly int $timeout = 30,
        private readonly int $retries = 5,
    ) {
        if (preg_match('#^https?://[^/?\#]+(/[^?\#]*)?$#', $baseUrl) !== 1) {
            throw new \InvalidArgumentException("$baseUrl is no address such as https://octoq.example.com");
        }
    }

    /**
     * Enqueues a campaign and returns its record. It may be called again with the same campaign: nothing is enqueued
     * twice. Another content under the id is an exception with the code "conflict".
     */
    public function enqueue(string $account, string $id, array $campaign): array
    {
        return $this->ask('PUT', self::path($account, $id), $campaign, repeat: true);
    }

    /** Returns a campaign's record. */
    public function get(string $account, string $id): array
    {
        return $this->ask('GET', self::path($account, $id), repeat: true);
    }

    /** Returns the record once it is in a state or has ended, or as it is after so many seconds. */
    public function wait(string $account, string $id, string $until = '', int $within = 300): array
    {
        $end = hrtime(true) / 1e9 + $within;
        do {
            $left = max(0, min(self::LONGEST_WAIT, (int) ($end - hrtime(true) / 1e9)));
            $query = http_build_query(['wait' => $left . 's'] + ($until === '' ? [] : ['until' => $until]));
            $record = $this->ask('GET', self::path($account, $id) . '?' . $query, repeat: true, waits: $left);
            $reached = $record['state'] === $until || in_array($record['state'], self::FINAL_STATES, true);
        } while (!$reached && hrtime(true) / 1e9 + 1 < $end);
        return $record;
    }

    /** Approves what was shown, $cost and $contacts, or a bound, $upTo, in euros. */
    public function approve(string $account, string $id, string|float|null $cost = null, ?int $contacts = null, string|float|null $upTo = null, bool $force = false): array
    {
        return $this->decide($account, $id, 'approve', ['cost' => $cost, 'number_of_contacts' => $contacts, 'up_to' => $upTo, 'force' => $force]);
    }

    /** Refuses to send a campaign. */
    public function reject(string $account, string $id, string $reason): array
    {
        return $this->decide($account, $id, 'reject', ['reason' => $reason]);
    }

    /** Cancels a campaign. */
    public function cancel(string $account, string $id, string $reason = ''): array
    {
        return $this->decide($account, $id, 'cancel', ['reason' => $reason]);
    }

    /**
     * Enqueues any number of campaigns, and yields what became of each, in order, and ["summary" => …] last. They
     * are sent as they come, and the first result comes when all are sent. Whatever happens, all of them may be sent again.
     * The options are those of the API, such as ['results' => 'problems', 'dry_run' => 'true'].
     *
     * @param iterable<array<string, mixed>> $campaigns
     */
    public function bulk(string $account, iterable $campaigns, array $options = []): \Generator
    {
        $lines = (static fn () => yield from $campaigns)();
        $rest = '';
        $read = static function ($curl, $file, int $most) use ($lines, &$rest): string {
            for (; strlen($rest) < $most && $lines->valid(); $lines->next()) {
                $rest .= self::encode($lines->current()) . "\n";
            }
            [$part, $rest] = [substr($rest, 0, $most), substr($rest, $most)];
            return $part;
        };
        $path = self::path($account, 'bulk') . ($options === [] ? '' : '?' . http_build_query($options));
        [$status, $answer] = $this->send('POST', $path, [CURLOPT_UPLOAD => true, CURLOPT_READFUNCTION => $read], 'application/x-ndjson', $this->timeout);
        if ($status >= 400) {
            throw OctoqException::of($status, stream_get_contents($answer));
        }
        while (is_array($line = json_decode((string) fgets($answer), true))) {
            yield $line;
            if (isset($line['summary'])) {
                return;
            }
        }
        throw new OctoqException(0, 'broken_off', 'The answer was broken off: send all campaigns again.');
    }

    /**
     * Yields cursor => event for ever, as events happen. Keep the cursor once the event is dealt with: with it as $after,
     * reading goes on there, or a page of events before: one may come again, with the same "id". $after is "" for all that are kept, and "now"
     * for what happens from now on. With the code "cursor_gone", $problem['oldest'] is the cursor to go on from.
     */
    public function events(string $after = '', array $types = [], array $accounts = []): \Generator
    {
        for (;;) {
            $query = http_build_query(['after' => $after, 'wait' => self::LONGEST_WAIT . 's', 'type' => $types, 'account' => $accounts]);
            $page = $this->ask('GET', '/v1/events?' . preg_replace('/%5B\d+%5D=/', '=', $query), repeat: true, waits: self::LONGEST_WAIT);
            foreach ($page['items'] as $number => $event) {
                yield ($number === array_key_last($page['items']) ? $page['next'] : $after) => $event;
            }
            $after = $page['next'];
        }
    }

    /**
     * Returns the event of a webhook's request, or throws with the code "signature". The secrets are one or, while one is
     * changed, two texts that begin with "whsec_"; headers are such as getallheaders(); body is the request's as it came,
     * file_get_contents('php://input'); tolerance is how many seconds the request may be old.
     */
    public static function verifyWebhook(#[\SensitiveParameter] string|array $secrets, array $headers, string $body, int $tolerance = 300, ?int $now = null): array
    {
        $headers = array_change_key_case($headers);
        [$id, $moment, $given] = array_map(static fn ($name) => $headers["webhook-$name"] ?? '', ['id', 'timestamp', 'signature']);
        if ($id === '' || preg_match('/^[0-9]{1,15}$/D', $moment) !== 1 || abs(($now ?? time()) - (int) $moment) > $tolerance) {
            throw new OctoqException(0, 'signature', 'The webhook has no id, or its time is not now.');
        }
        $valid = false;
        foreach ((array) $secrets as $secret) {
            $key = base64_decode(preg_replace('/^whsec_/', '', $secret), true) ?: throw new \InvalidArgumentException('a secret is not whsec_ and base64');
            $want = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$moment.$body", $key, true));
            foreach (explode(' ', $given) as $one) {
                $valid = hash_equals($want, $one) || $valid;
            }
        }
        return $valid ? json_decode($body, true) : throw new OctoqException(0, 'signature', 'The webhook\'s signature is not of these secrets.');
    }

    private static function path(string $account, string $id): string
    {
        return '/v1/accounts/' . rawurlencode($account) . '/campaigns/' . rawurlencode($id);
    }

    private static function encode(array $value): string
    {
        return json_encode((object) $value, JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES);
    }

    private function decide(string $account, string $id, string $what, array $given): array
    {
        return $this->ask('POST', self::path($account, $id) . "/$what", array_filter($given, static fn ($value) => !in_array($value, [null, '', false], true)));
    }

    /** Makes a request and returns the JSON of its answer; repeats it if it may be. */
    private function ask(string $method, string $path, ?array $body = null, bool $repeat = false, int $waits = 0): array
    {
        $with = $body === null ? [] : [CURLOPT_POSTFIELDS => self::encode($body)];
        for ($try = 0;; $try++) {
            $pause = min(self::LONGEST_PAUSE, 0.5 * 2 ** $try);
            try {
                [$status, $answer, $after] = $this->send($method, $path, $with, 'application/json', $this->timeout + $waits);
                $text = stream_get_contents($answer);
                $known = json_decode($text, true);
                if ($status < 400 && is_array($known)) {
                    return $known;
                }
                $failed = $status < 400 ? new OctoqException(0, 'connection', 'The answer is no JSON.') : OctoqException::of($status, $text);
                $pause = ctype_digit($after) ? min(self::LONGEST_PAUSE, (float) $after) : $pause;
            } catch (OctoqException $failed) {
            }
            if (!$repeat || $try >= $this->retries || !in_array($failed->status, [0, 503], true)) {
                throw $failed;
            }
            usleep((int) ($pause * 1e6));
        }
    }

    /** Sends a request, and returns the status, the body as a stream, and Retry-After. */
    private function send(string $method, string $path, array $with, string $kind, int $timeout): array
    {
        $curl = curl_init(rtrim($this->baseUrl, '/') . $path);
        $answer = fopen('php://temp', 'w+b'); // in memory up to 2 MiB, then a file
        $headers = ['Accept: application/json', 'Expect:', 'Content-Type:' . ($with === [] ? '' : " $kind")];
        if ($this->token !== '') {
            $headers[] = "Authorization: Bearer $this->token";
        }
        $after = '';
        $note = static function ($curl, string $line) use (&$after): int {
            $after = stripos($line, 'Retry-After:') === 0 ? trim(substr($line, 12)) : $after;
            return strlen($line);
        };
        curl_setopt_array($curl, $with + [
            CURLOPT_CUSTOMREQUEST => $method, CURLOPT_HTTPHEADER => $headers, CURLOPT_FILE => $answer, CURLOPT_PROXY => '',
            CURLOPT_PROTOCOLS => CURLPROTO_HTTP | CURLPROTO_HTTPS, CURLOPT_CONNECTTIMEOUT => $this->timeout,
            CURLOPT_LOW_SPEED_LIMIT => 1, CURLOPT_LOW_SPEED_TIME => $timeout, CURLOPT_HEADERFUNCTION => $note,
        ]);
        $done = curl_exec($curl);
        $status = (int) curl_getinfo($curl, CURLINFO_RESPONSE_CODE);
        if (!$done && $status < 400) { // an answer that comes before the whole body was sent is an answer
            throw new OctoqException(0, $status === 0 ? 'connection' : 'broken_off', "No whole answer from $this->baseUrl: " . curl_error($curl));
        }
        rewind($answer);
        return [$status, $answer, $after];
    }
}

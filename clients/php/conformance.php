<?php

// The checks of ../conformance.md for the PHP client: a line each.

declare(strict_types=1);

require __DIR__ . '/Octoq.php';

use Octoq\Client;
use Octoq\OctoqException;

set_error_handler(static function (int $level, string $message, string $file, int $line): never {
    throw new ErrorException($message, 0, $level, $file, $line);
});

const BULK = 10_000;
[$url, $token, $faultyUrl] = [getenv('OCTOQ_URL'), getenv('OCTOQ_TOKEN'), getenv('FAULTY_URL')];
$client = new Client($url, $token);

function campaign(string $text = 'Été : 20 % €. STOP au 30101', string ...$more): array
{
    return ['list_name' => 'php', 'text' => $text, 'type' => 'sms_premium', 'purpose' => 'wholesale', 'sender' => 'Shop', ...$more];
}

function equal(string $what, mixed $got, mixed $want): void
{
    if ($got !== $want) {
        throw new RuntimeException("$what: got " . json_encode($got) . ', want ' . json_encode($want));
    }
}

function refused(callable $do, int $status, string $code): OctoqException
{
    try {
        $do();
    } catch (OctoqException $e) {
        equal('the refusal', [$e->status, $e->problemCode, $e->detail !== ''], [$status, $code, true]);
        return $e;
    }
    throw new RuntimeException("not refused, want $status $code");
}

function sorted(array $values): array
{
    sort($values);
    return $values;
}

$bulk = static function (array $counts) use ($client): void {
    $lines = (static function (): Generator {
        for ($n = 1; $n <= BULK; $n++) {
            yield ['id' => "php-$n"] + campaign(type: $n === 5000 ? 'fax' : 'sms_premium');
        }
    })();
    $number = 0;
    foreach ($client->bulk('bulk', $lines) as $result) {
        if (++$number > BULK) {
            equal('summary', array_intersect_key($result['summary'], $counts), $counts);
            continue;
        }
        equal('line', [$result['line'], $result['id'], $result['result'] === 'invalid'], [$number, "php-$number", $number === 5000]);
    }
    equal('lines', $number, BULK + 1);
};

$checks = [
    'enqueue' => static function () use ($client): void {
        $record = $client->enqueue('default', 'php-first', campaign());
        equal('record', [$record['id'], $record['campaign']['text']], ['php-first', campaign()['text']]);
    },
    'repeat' => static function () use ($client): void {
        $first = $client->enqueue('default', 'php-twice', campaign());
        equal('enqueued_at', $client->enqueue('default', 'php-twice', campaign())['enqueued_at'], $first['enqueued_at']);
    },
    'conflict' => static function () use ($client): void {
        $client->enqueue('default', 'php-taken', campaign());
        $e = refused(static fn () => $client->enqueue('default', 'php-taken', campaign('Bye. STOP au 30101')), 409, 'conflict');
        equal('fields', array_column($e->errors, 'field'), ['text']);
    },
    'faults' => static function () use ($client): void {
        $e = refused(static fn () => $client->enqueue('default', 'php-bad', campaign(type: 'fax', purpose: 'fun')), 422, '');
        equal('fields', sorted(array_column($e->errors, 'field')), ['purpose', 'type']);
    },
    'unknown' => static function () use ($client, $url): void {
        refused(static fn () => $client->get('default', 'php-none'), 404, '');
        refused(static fn () => (new Client($url, 'octoq_live_wrong'))->get('default', 'php-none'), 401, '');
    },
    'retried' => static function () use ($faultyUrl, $token): void {
        equal('id', (new Client($faultyUrl, $token))->enqueue('default', 'php-retried', campaign())['id'], 'php-retried');
    },
    'unreachable' => static function () use ($token): void {
        refused(static fn () => (new Client('http://127.0.0.1:1', $token, retries: 1))->get('default', 'php-first'), 0, 'connection');
    },
    'bulk' => static fn () => $bulk(['created' => BULK - 1, 'known' => 0, 'invalid' => 1]),
    'bulk-again' => static fn () => $bulk(['created' => 0, 'known' => BULK - 1, 'invalid' => 1]),
    'bulk-refused' => static function () use ($url, $faultyUrl, $token): void {
        refused(static fn () => iterator_to_array((new Client($url, 'octoq_live_wrong'))->bulk('bulk', array_fill(0, BULK, campaign()))), 401, '');
        foreach (['torn', 'short'] as $account) {
            refused(static fn () => iterator_to_array((new Client($faultyUrl, $token))->bulk($account, [campaign()])), 0, 'broken_off');
        }
    },
    'sent' => static function () use ($client, $faultyUrl, $token): void {
        $client->enqueue('default', 'php-sent', campaign());
        equal('state', (new Client($faultyUrl, $token))->wait('default', 'php-sent', 'sent', 60)['state'], 'sent');
        equal('state', $client->wait('default', 'php-sent', within: 60)['state'], 'sent');
        $client->enqueue('bulk', 'php-waits', campaign());
        equal('state', $client->wait('bulk', 'php-waits', within: 2)['state'], 'queued');
    },
    'approve' => static function () use ($client): void {
        $client->enqueue('default', 'php-asked', campaign(confirm: 'manual'));
        $shown = $client->wait('default', 'php-asked', 'awaiting_approval', 60);
        equal('state', $shown['state'], 'awaiting_approval');
        refused(static fn () => $client->approve('default', 'php-asked', '0.0001'), 409, 'state');
        $client->approve('default', 'php-asked', $shown['cost'], $shown['number_of_contacts']);
        equal('state', $client->wait('default', 'php-asked', 'sent', 60)['state'], 'sent');
    },
    'reject' => static function () use ($client): void {
        $client->enqueue('bulk', 'php-rejected', campaign(confirm: 'manual'));
        $record = $client->reject('bulk', 'php-rejected', 'a wrong date');
        equal('record', [$record['state'], $record['reject_reason']], ['cancelled', 'a wrong date']);
    },
    'cancel' => static function () use ($client): void {
        $client->enqueue('bulk', 'php-cancelled', campaign());
        equal('state', $client->cancel('bulk', 'php-cancelled')['state'], 'cancelled');
    },
    'events' => static function () use ($client): void {
        $ids = [];
        $began = false;
        $following = $client->events(getenv('CURSOR'), ['campaign.sent', 'campaign.cancelled']);
        $find = static function (string $id, string $type) use (&$following, &$ids, &$began): string {
            for ($left = 10_000; $left > 0; $left--) {
                if ($began) {
                    $following->next();
                }
                $began = true;
                [$cursor, $event] = [$following->key(), $following->current()];
                equal('an event that comes twice', isset($ids[$event['id']]), false);
                $ids[$event['id']] = true;
                if ([$event['campaign'], $event['type']] === [$id, $type]) {
                    return $cursor;
                }
            }
            throw new RuntimeException("no $type of $id");
        };
        $find('php-sent', 'campaign.sent');
        $before = $ids;
        foreach (['php-late', 'php-later'] as $id) {
            $client->enqueue('bulk', $id, campaign());
            $client->cancel('bulk', $id);
        }
        $cursor = $find('php-late', 'campaign.cancelled');
        [$ids, $began, $following] = [$before, false, $client->events($cursor, ['campaign.sent', 'campaign.cancelled'])]; // and go on behind it
        $find('php-later', 'campaign.cancelled');
    },
    'webhook' => static function (): void {
        foreach (json_decode(file_get_contents(getenv('WEBHOOKS')), true) as $case) {
            $verify = static fn () => Client::verifyWebhook($case['secrets'], $case['headers'], $case['body'], now: $case['now']);
            try {
                $case['valid'] ? equal('event', $verify(), json_decode($case['body'], true)) : refused($verify, 0, 'signature');
            } catch (Throwable $e) {
                throw new RuntimeException($case['name'] . ': ' . $e->getMessage(), 0, $e);
            }
        }
    },
];
foreach ($checks as $name => $check) {
    try {
        $check();
        echo "ok $name\n";
    } catch (Throwable $e) {
        fwrite(STDERR, "$e\n");
        echo "not ok $name: ", strtr($e->getMessage(), "\n", ' '), "\n";
    }
}

<?php

// The driver takes one call a line on standard input, {"call": …, "with": …}, has
// Octopush's PHP SDK make it by its public methods, and writes a line with what
// the SDK returned or threw. It is run in the SDK's folder; the credentials are in
// the environment.

declare(strict_types=1);

use GuzzleHttp\Exception\RequestException;
use Octopush\Client;
use Octopush\Request\BaseRequest;
use Octopush\Request\GetCreditRequest;
use Octopush\Request\SmsCampaign\SendSmsCampaignRequest;

require 'GuzzleHttp/autoload.php';

spl_autoload_register(function (string $class): void {
    $prefix = 'Octopush\\';
    if (strncmp($class, $prefix, strlen($prefix)) === 0) {
        require 'src/' . str_replace('\\', '/', substr($class, strlen($prefix))) . '.php';
    }
});

function request(string $call): BaseRequest
{
    switch ($call) {
        case 'balance':
            return new GetCreditRequest();
        case 'direct':
            return new SendSmsCampaignRequest();
    }
    throw new InvalidArgumentException("the driver has no call $call");
}

function make(array $line): array
{
    $request = request($line['call']);
    foreach ($line['with'] as $setter => $value) {
        $request->$setter($value);
    }
    $client = new Client(getenv('CLIENT_LOGIN'), getenv('CLIENT_KEY'));
    try {
        return ['result' => $client->send($request)];
    } catch (RequestException $e) {
        $response = $e->getResponse();

        return ['threw' => get_class($e), 'status' => $response ? $response->getStatusCode() : 0];
    } catch (Throwable $e) {
        return ['threw' => get_class($e)];
    }
}

while (($line = fgets(STDIN)) !== false) {
    echo json_encode(make(json_decode($line, true))), "\n";
}

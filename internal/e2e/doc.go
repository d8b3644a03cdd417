// Package e2e tests octoq as its users run it: real processes of the binary, a
// real redis-server for each test, real HTTP. It holds tests only.
package e2e

// Package browsertest has the tests that drive the console in Chromium, as a person
// does: with octoq web and a worker as processes of their own, over a Redis of the
// test's, and the simulated API. scripts/browser.sh prepares what they need.
package browsertest

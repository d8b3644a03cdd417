// Package web serves what people and machines look at over HTTP: whether the
// process is alive and ready, its metrics, asynq's page behind its guard, and
// the page that leads to them. The worker serves a part of it, octoq web all.
//
// It decides who gets in. Without a password it binds to this machine alone
// and answers only requests that were meant for it; beyond that it wants a
// password for everything but health. There is no TLS: beyond a machine or a
// closed network, a proxy with TLS belongs in front.
//
// What is shown is made elsewhere: internal/queue guards asynq's page,
// internal/metrics names the metrics. To change something, there is the
// command line.
package web

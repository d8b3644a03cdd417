// Package web serves what people and machines look at over HTTP: whether the
// process is alive and ready, its metrics, asynq's page behind its guard, and
// the page that leads to them. The worker serves a part of it, octoq web all.
//
// It decides who gets in, and names the caller to other packages (Caller): the user of the
// settings, a token, or, while there are neither users nor tokens, any caller from this machine. What each
// may do is decided by internal/access. Health alone is for everyone. Beyond
// a machine octoq web wants TLS, its own or that of a proxy in front.
//
// What is shown is made elsewhere: internal/queue guards asynq's page,
// internal/metrics names the metrics. To change something, there is the
// command line.
package web

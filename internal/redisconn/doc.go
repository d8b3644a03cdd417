// Package redisconn opens the clients through which every process of octoq uses
// Redis: workers, producers, commands and pages.
//
// A client of one server follows its address. When a fail-over moves the address (a
// Service, a virtual IP, a DNS name) to a new primary, connections to the demoted server
// stay up, and a pool would keep them for ever: a read succeeds there, and of the
// refusals of writes go-redis knows only some. So a client asks each second
// whether its server is a replica, and asks each new connection which server it
// leads to. On a replica, or on another server than before, all connections are
// closed; the next ones lead to where the address leads now.
//
// To a client of sentinels, they are an address that moves: it asks them before each
// connection, and each second, since a master that is cut off from them goes on taking
// writes. A client of a cluster asks its nodes each second which node serves which slots.
//
// Clients that a user of octoq's packages hands in are not touched.
package redisconn

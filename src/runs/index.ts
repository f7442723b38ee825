export { openSession, type Session } from "./cell/session.js";

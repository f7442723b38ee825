import { study, type StudyRequest } from "../shared/study.js";

export const certificate = study({
  command: {
    name: "certificate",
    description: "Theorem 4.1's bound, printed and corrected, with its conditions and how often it holds",
    options: [{ flags: "--part <A|B|C>", description: "only this part (repeatable)", takes: "list" }],
    help: `
Part A takes what metamd quadratic learned at the same preset; B learns a preconditioner of its own on rotated \
digits; C reads the logs of every meta-training of MetaMD in the results folder.

Example: metamd analyse certificate --config configs/certificate.yaml --preset desk
Example: metamd analyse certificate --config configs/certificate.yaml --part A`,
    stopping: "stopping after a checkpoint",
  },
  config: async () => (await import("./settings.js")).certificateSchema,
  async run(request: StudyRequest & { readonly part?: readonly string[] }, ground) {
    const { loadCertificate } = await import("./settings.js");
    const { runCertificate } = await import("./run.js");
    const { part, set } = request;
    return runCertificate(
      loadCertificate({ ...request, set: part === undefined ? set : [...set, `parts=[${part.join(",")}]`] }),
      ground,
    );
  },
  show: () => import("./show.js"),
});

/** Extensions of files that SES takes none of: https://docs.aws.amazon.com/ses/latest/dg/mime-types.html */
const refusedExtensions: ReadonlySet<string> = new Set(
  (
    'ade adp app asp bas bat cer chm cmd com cpl crt csh der exe fxp gadget hlp hta inf ins isp its js jse ksh lib lnk ' +
    'mad maf mag mam maq mar mas mat mau mav maw mda mdb mde mdt mdw mdz msc msh msh1 msh2 mshxml msh1xml msh2xml msi ' +
    'msp mst ops pcd pif plg prf prg reg scf scr sct shb shs sys ps1 ps1xml ps2 ps2xml psc1 psc2 tmp url vb vbe vbs ' +
    'vps vsmacros vss vst vsw vxd ws wsc wsf wsh xnk'
  ).split(' '),
);

export const isRefusedExtension = (fileName: string): boolean =>
  refusedExtensions.has(fileName.slice(fileName.lastIndexOf('.') + 1).toLowerCase());

/** A name of a file with an extension: no path, nothing that ends a header or a quoted text. SES has room for 255. */
export const fileName = /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}"*/:<>?\\|]+\.[A-Za-z0-9]+$/u;
export const maxFileName = 255;

export const mediaType = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/;
/** By the API of SES: https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_Attachment.html */
export const maxMediaType = 78;

/** SES takes 500 parts in a message. */
export const maxAttachments = 20;

/**
 * Of all attachments together, before they are encoded. SES takes 40 MB after base64, which adds more than a third, with the
 * texts: https://docs.aws.amazon.com/ses/latest/dg/quotas.html
 */
export const maxAttachmentBytes = 25_000_000;
